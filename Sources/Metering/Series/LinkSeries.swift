public import Model

/// The series of one link and of its paths; all exist from the start.
public struct LinkSeries: Sendable {
    /// The series of one path of the link.
    public struct Path: Sendable {
        public let id: PathID
        public let up: Series<Gauge>
        public let state: Series<StateSet>
        public let active: Series<Gauge>
        public let flowRatio: Series<Gauge>
    }

    public let state: Series<StateSet>
    public let activeTier: Series<Gauge>
    public let shifts: Series<Counter>
    public let blind: Series<Counter>
    public let outage: Series<Histogram>
    public let currentOutage: Series<Gauge>
    public let lastOutage: Series<Gauge>
    public let lastOutageEnd: Series<Gauge>
    /// In the order of the link's tiers.
    public let paths: [Path]
    private let name: String

    /// Registers the series, or finds those that are there with their values. Path and link begin as `unknown`.
    public init(_ link: LinkSpec, in store: inout MetricStore) {
        let labels = [link.name]
        name = link.name
        state = store.series(Catalogue.linkState, labels)
        activeTier = store.series(Catalogue.linkActiveTier, labels)
        shifts = store.series(Catalogue.linkShifts, labels)
        blind = store.series(Catalogue.linkBlind, labels)
        outage = store.series(Catalogue.linkOutage, labels)
        currentOutage = store.series(Catalogue.linkCurrentOutage, labels)
        lastOutage = store.series(Catalogue.linkLastOutage, labels)
        lastOutageEnd = store.series(Catalogue.linkLastOutageEnd, labels)
        paths = link.tiers.enumerated().flatMap { index, tier in
            tier.map { Self.path($0, tier: index + 1, of: link.name, in: &store) }
        }
        for from in 1...max(link.tiers.count, 1) {
            for to in 1...max(link.tiers.count, 1) where to != from {
                _ = store.series(Catalogue.linkFailovers, [link.name, "\(from)", "\(to)"])
            }
        }
        for workload in link.workloads {
            let target = workload.target.description
            store.initialize(store.series(Catalogue.linkFlowsLost, [link.name, target]), 0)
            for flow in 0..<max(workload.flows, 1) {
                store.initialize(store.series(Catalogue.linkFlowLossRatio, [link.name, target, "\(flow)"]), 0)
            }
        }
        for gauge in [currentOutage, lastOutage, lastOutageEnd] { store.initialize(gauge, 0) }
        store.initialize(state, Catalogue.linkStates.count - 1)
    }

    private static func path(_ id: PathID, tier: Int, of link: String, in store: inout MetricStore) -> Path {
        let labels = [link, id.rawValue]
        let path = Path(
            id: id,
            up: store.series(Catalogue.pathUp, labels),
            state: store.series(Catalogue.pathState, labels),
            active: store.series(Catalogue.linkPathActive, labels + ["\(tier)"]),
            flowRatio: store.series(Catalogue.linkPathFlowRatio, labels)
        )
        store.initialize(path.state, Catalogue.pathStates.count - 1)
        store.initialize(path.active, 0)
        return path
    }

    /// Counts a move from tier to tier.
    public func countFailover(from: Int, to: Int, in store: inout MetricStore) {
        store.add(store.series(Catalogue.linkFailovers, [name, "\(from)", "\(to)"]))
    }

    public func setFlowsLost(_ count: Int, of target: Target, in store: inout MetricStore) {
        store.set(store.series(Catalogue.linkFlowsLost, [name, target.description]), Double(count))
    }

    /// - Parameter ratio: from 0 to 1; nil while nothing is known.
    public func setFlowLossRatio(_ ratio: Double?, of target: Target, flow: Int, in store: inout MetricStore) {
        store.set(store.series(Catalogue.linkFlowLossRatio, [name, target.description, "\(flow)"]), ratio)
    }

    /// Shows the state of a path in all its series.
    /// - Parameter state: one of `Catalogue.pathStates`.
    public func setPath(_ id: PathID, state name: String, in store: inout MetricStore) {
        guard let path = paths.first(where: { $0.id == id }) else { return }
        let index = Catalogue.pathStates.firstIndex(of: name)
        store.set(path.state, index)
        let isKnown = name != "unknown" && index != nil
        store.set(path.up, isKnown ? (name == "down" ? 0 : 1) : nil as Double?)
    }

    /// - Parameter state: one of `Catalogue.linkStates`.
    public func setState(_ name: String, in store: inout MetricStore) {
        store.set(state, Catalogue.linkStates.firstIndex(of: name))
    }

    /// - Parameters:
    ///   - tier: 0 for none, nil while unknown.
    ///   - active: the paths of the active set.
    public func setActive(tier: Int?, paths active: Set<PathID>, in store: inout MetricStore) {
        store.set(activeTier, tier.map(Double.init))
        for path in paths { store.set(path.active, active.contains(path.id)) }
    }
}
