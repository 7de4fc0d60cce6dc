/// The series of one proxy's access log.
public struct ProxyLogMetrics: Sendable {
    private let name: String
    private let handshakes: Series<Counter>
    private let unparsed: Series<Counter>
    /// Labels come from a log: so many different ones are shown.
    private var responses: Set<[String]> = []
    private var clients: Set<String> = []

    static let mostResponses = 256
    static let mostClients = 64

    /// - Parameter former: of the same log before a reload; what it has shown stays.
    public init(_ name: String, after former: ProxyLogMetrics? = nil, in store: inout MetricStore) {
        self.name = name
        responses = former?.responses ?? []
        clients = former?.clients ?? []
        for labels in responses { _ = store.series(Catalogue.proxyLogResponses, [name] + labels) }
        for client in clients { _ = store.series(Catalogue.proxyLogFailures, [name, client]) }
        handshakes = store.series(Catalogue.proxyLogHandshakes, [name])
        unparsed = store.series(Catalogue.proxyLogUnparsed, [name])
    }

    public mutating func countResponse(status: Int, result: String, in store: inout MetricStore) {
        var labels = ["\(status)", result]
        if !responses.contains(labels), responses.count >= Self.mostResponses { labels = ["other", "other"] }
        responses.insert(labels)
        store.add(store.series(Catalogue.proxyLogResponses, [name] + labels))
    }

    public func countHandshake(in store: inout MetricStore) { store.add(handshakes) }

    public func countUnparsed(in store: inout MetricStore) { store.add(unparsed) }

    public mutating func countFailure(of client: String, in store: inout MetricStore) {
        let label = clients.contains(client) || clients.count < Self.mostClients ? client : "other"
        clients.insert(label)
        store.add(store.series(Catalogue.proxyLogFailures, [name, label]))
    }
}
