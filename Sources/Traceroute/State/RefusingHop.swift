internal import Wire

/// A router that refuses packets answers whatever TTL they have left: it is no hop behind the one that it is.
extension TraceHop {
    /// Leaves out a last hop that refuses what a nearer one is, so that a way is the same whether its refusal came in time or not.
    static func withoutRepeatedRefusal(_ hops: [TraceHop]) -> [TraceHop] {
        guard let last = hops.last, case .unreachable? = last.answer, let router = last.responders.first?.address,
            let own = hops.firstIndex(where: { $0.ttl < last.ttl && $0.responders.first?.address == router })
        else { return hops }
        // What lies between is silent or the same one.
        let isAlone = hops[(own + 1)...].allSatisfy { hop in hop.responders.allSatisfy { $0.address == router } }
        return isAlone ? Array(hops[...own]) : hops
    }

    /// Puts a last hop that refuses where its quote says that it is: of the packets that it refuses one that limits its errors may
    /// answer a late one alone. The quote has the TTL with which the packet arrived there.
    static func placingRefusal(_ hops: [TraceHop]) -> [TraceHop] {
        guard var last = hops.last, case .unreachable? = last.answer, let quoted = last.quotedTTL else { return hops }
        let place = last.ttl - Int(quoted) + 1
        guard place >= 1, place < last.ttl, hops[(place - 1)..<(hops.count - 1)].allSatisfy({ $0.responders.isEmpty })
        else { return hops }
        last.ttl = place
        last.quotedTTL = nil
        return hops[..<(place - 1)] + [last]
    }
}
