public import Model

/// The series of one regular trace: to a target, over a path or the host's own route.
public struct TraceSeries: Sendable {
    public let hops: Series<Gauge>
    public let mtu: Series<Gauge>
    public let changes: Series<Counter>
    /// By flow.
    public let flowLoss: [Series<Gauge>]
    private let labels: [String]
    /// The way that is shown: each hash has a series of its own.
    private var route: String?

    /// Registers the series, or finds those that are there with their values.
    /// - Parameters:
    ///   - link: empty for the edge of a path.
    ///   - path: empty for the host's own route.
    ///   - former: what it was in the configuration before; the way that it shows stays.
    public init(
        link: String,
        path: String,
        target: Target,
        flows: Int,
        after former: TraceSeries? = nil,
        in store: inout MetricStore
    ) {
        let labels = [link, path, target.description]
        self.labels = labels
        hops = store.series(Catalogue.pathHops, labels)
        mtu = store.series(Catalogue.pathMTU, labels)
        changes = store.series(Catalogue.pathChanges, labels)
        flowLoss = (0..<flows).map { store.series(Catalogue.pathFlowLoss, labels + ["\($0)"]) }
        route = former?.route
        if let route { _ = store.series(Catalogue.pathRoute, labels + [route]) }
    }

    /// Shows another way in place of the one before.
    public mutating func showRoute(_ hash: String, in store: inout MetricStore) {
        if let route, route != hash {
            store.remove(store.series(Catalogue.pathRoute, labels + [route]), of: Catalogue.pathRoute)
        }
        route = hash
        store.set(store.series(Catalogue.pathRoute, labels + [hash]))
    }
}
