public import Model

/// The series of one way to an endpoint.
public struct EndpointMetrics: Sendable {
    private let isReachable: Series<Gauge>
    private let isAsExpected: Series<Gauge>
    private let verdict: Series<StateSet>

    public init(_ way: EndpointWay, in store: inout MetricStore) {
        let labels = [way.use.rawValue, way.target, way.via]
        isReachable = store.series(Catalogue.endpointReachable, labels)
        isAsExpected = store.series(Catalogue.endpointAsExpected, labels)
        verdict = store.series(Catalogue.endpointVerdict, labels)
    }

    public func show(_ status: EndpointStatus, in store: inout MetricStore) {
        store.set(isReachable, status.verdict == .reached)
        store.set(isAsExpected, status.isAsExpected)
        store.set(verdict, EndpointVerdict.allCases.firstIndex(of: status.verdict))
    }
}

extension MetricStore {
    /// What a proxy's allow-list says of an endpoint.
    public mutating func show(_ endpoint: UncoveredEndpoint, isCovered: Bool) {
        let series = series(
            Catalogue.endpointAllowed,
            [endpoint.use.rawValue, endpoint.name, endpoint.proxy]
        )
        set(series, isCovered)
    }

    /// Keeps the series over a reload.
    public mutating func keepEgress(of proxy: String) { _ = series(Catalogue.proxyEgress, [proxy]) }

    public mutating func show(_ status: EgressStatus) {
        set(series(Catalogue.proxyEgress, [status.proxy]), Double(status.addresses.count))
    }

    /// Keeps the series over a reload.
    public mutating func keepResolution(of way: StorageWay) {
        _ = series(Catalogue.storageResolution, [way.account, way.service])
    }

    public mutating func show(_ resolution: StorageResolution, of way: StorageWay) {
        let series = series(Catalogue.storageResolution, [way.account, way.service])
        set(series, StorageResolution.allCases.firstIndex(of: resolution))
    }

    /// Keeps the series over a reload.
    public mutating func keepAllowList(of way: StorageWay) {
        _ = series(Catalogue.allowListCovered, [way.account, way.service])
        _ = series(Catalogue.allowListAge, [way.account, way.service])
    }

    public mutating func show(_ status: AllowListStatus) {
        let labels = [status.way.account, status.way.service]
        set(series(Catalogue.allowListCovered, labels), status.outside.isEmpty)
        set(series(Catalogue.allowListAge, labels), status.age?.seconds)
    }
}
