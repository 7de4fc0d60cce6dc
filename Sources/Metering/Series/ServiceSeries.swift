public import Model

/// The series of one proxy.
public struct ProxyMetrics: Sendable {
    private let name: String
    private let isUp: Series<Gauge>
    private let failures: Series<Counter>
    private let isSuspended: Series<Gauge>
    /// Codes and schemes come from a peer: so many different ones are shown, the rest as `other`.
    private var codes: [String: Series<Counter>] = [:]
    private var schemes: [String: Series<Counter>] = [:]

    static let mostLabels = 32

    /// - Parameter former: of the same proxy before a reload; what it has shown stays.
    public init(_ name: String, after former: ProxyMetrics? = nil, in store: inout MetricStore) {
        self.name = name
        isUp = store.series(Catalogue.proxyUp, [name])
        failures = store.series(Catalogue.proxyAuthFailures, [name])
        isSuspended = store.series(Catalogue.proxySuspended, [name])
        store.initialize(isSuspended, 0)
        for code in Set(["200", "407"]).union(former?.codes.keys.map { $0 } ?? []).sorted() {
            codes[code] = store.series(Catalogue.proxyResponses, [name, code])
        }
        let usual: Set = ["basic", "digest", "negotiate", "ntlm"]
        for scheme in usual.union(former?.schemes.keys.map { $0 } ?? []).sorted() {
            schemes[scheme] = store.series(Catalogue.proxyChallenges, [name, scheme])
        }
    }

    /// Counts one request's rounds with the proxy.
    public mutating func count(
        codes new: [Int],
        schemes offered: [String],
        wasRefused: Bool,
        in store: inout MetricStore
    ) {
        for code in new { store.add(series(Catalogue.proxyResponses, "\(code)", &codes, in: &store)) }
        for scheme in offered { store.add(series(Catalogue.proxyChallenges, scheme, &schemes, in: &store)) }
        if wasRefused { store.add(failures) }
    }

    public func show(_ status: ProxyStatus, in store: inout MetricStore) {
        store.set(isUp, status.answers)
        store.set(isSuspended, status.isSuspended)
    }

    private func series(
        _ family: Family<Counter>,
        _ label: String,
        _ known: inout [String: Series<Counter>],
        in store: inout MetricStore
    ) -> Series<Counter> {
        let label = known[label] == nil && known.count >= Self.mostLabels ? "other" : label
        if let found = known[label] { return found }
        let made = store.series(family, [name, label])
        known[label] = made
        return made
    }
}

/// The series of one way to a storage service.
public struct StorageMetrics: Sendable {
    private let isReachable: Series<Gauge>
    private let isAsExpected: Series<Gauge>
    private let verdict: Series<StateSet>
    private let skew: Series<Gauge>

    public init(_ way: StorageWay, in store: inout MetricStore) {
        let labels = [way.account, way.service, way.via]
        isReachable = store.series(Catalogue.storageReachable, labels)
        isAsExpected = store.series(Catalogue.storageAsExpected, labels)
        verdict = store.series(Catalogue.storageVerdict, labels)
        skew = store.series(Catalogue.storageClockSkew, labels)
    }

    public func show(_ status: StorageStatus, skew: Duration?, in store: inout MetricStore) {
        let reached: Set<StorageVerdict> = [.reachable, .firewallDenied, .throttled, .publicResolution]
        store.set(isReachable, reached.contains(status.verdict))
        store.set(isAsExpected, status.isAsExpected)
        store.set(verdict, StorageVerdict.allCases.firstIndex(of: status.verdict))
        store.set(self.skew, skew?.seconds)
    }
}
