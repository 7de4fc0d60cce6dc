internal import Wire

/// What flows that were given up counted, put together by their two addresses, up to a number of pairs.
struct EvictedPaths {
    /// Two addresses in the order of a flow's key.
    struct Pair: Hashable {
        let first: IPAddress
        let second: IPAddress
    }

    private(set) var groups: [Pair: FlowGroup] = [:]
    let isKept: Bool

    private static let limit = 4096

    init(isKept: Bool) { self.isKept = isKept }

    /// Adds a flow whose record goes to another one. The pairs that come when there are too many are not told apart, and are
    /// counted in the totals alone.
    mutating func add(_ record: FlowRecord, _ parts: borrowing SideParts) {
        let (first, second) = FlowEngine.addresses(of: record.key)
        let pair = Pair(first: first, second: second)
        if groups[pair] == nil {
            guard groups.count < Self.limit else { return }
            groups[pair] = FlowGroup(
                client: FlowEnd(address: first, port: nil),
                server: FlowEnd(address: second, port: nil)
            )
        }
        groups[pair]?.merge(record, client: record.first, server: record.second, parts)
    }
}
