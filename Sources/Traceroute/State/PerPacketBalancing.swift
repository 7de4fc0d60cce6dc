internal import Wire

/// Where the packets of one flow, which is constant in what routers hash, go now one way and now another. A change of the
/// route turns back once at the most, and leads to few other routers.
enum PerPacketBalancing {
    private static let fewestReturns = 2
    private static let mostOfChanges = 3

    /// TTLs at which responders alternate within a flow, ascending.
    static func hops(of flows: [TraceState]) -> [Int] {
        Set(flows.flatMap { alternating($0.probes, upTo: $0.lastHop) }).sorted()
    }

    private static func alternating(_ probes: [TraceProbe], upTo last: Int) -> [Int] {
        var met: [Int: (all: Set<IPAddress>, last: IPAddress, returns: Int)] = [:]
        for probe in probes where probe.ttl <= last {
            guard let responder = probe.answer?.responder else { continue }
            guard var known = met[probe.ttl] else {
                met[probe.ttl] = ([responder], responder, 0)
                continue
            }
            if responder != known.last, known.all.contains(responder) { known.returns += 1 }
            known.all.insert(responder)
            known.last = responder
            met[probe.ttl] = known
        }
        return met.filter { $0.value.returns >= fewestReturns || $0.value.all.count > mostOfChanges }.map(\.key)
    }
}
