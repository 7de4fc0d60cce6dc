internal import Wire

/// Packets that routers send to each other until their TTL is used up.
enum WayLoop {
    /// In so many turns a responder is met.
    private static let turns = 3
    /// So many TTLs up to the last one are a circle of one: fewer can be a way behind a translator that is cut by the limit.
    private static let alone = 8
    /// Of its last TTLs so many may be silent.
    private static let silent = 3

    /// The TTL at which a responder is met for the third time with another one between each two, or at which one that answers
    /// alone up to the last TTL does so for the third time. The same address at TTLs that follow each other is no loop by
    /// itself: behind a translator of destinations (DNAT) all routers answer in the target's name.
    /// - Parameters:
    ///   - responders: by TTL, from index 1; nil where nobody answered.
    ///   - replyTTLs: what was left of their answers' TTLs, where it is known; of routers one behind the other each has less than
    ///     the one before.
    static func end(_ responders: [IPAddress?], replyTTLs: [UInt8?] = []) -> Int? {
        var met: [IPAddress: Int] = [:]
        var former: IPAddress?
        for (ttl, responder) in responders.enumerated() {
            guard let responder else { continue }
            if responder != former { met[responder, default: 0] += 1 }
            former = responder
            if met[responder] == turns { return ttl }
        }
        return aloneToTheEnd(responders, replyTTLs)
    }

    private static func aloneToTheEnd(_ responders: [IPAddress?], _ replyTTLs: [UInt8?]) -> Int? {
        // One that never answers may be in the circle too.
        guard let end = responders.lastIndex(where: { $0 != nil }), end >= responders.count - silent,
            let last = responders[end]
        else { return nil }
        let first = responders.lastIndex { $0 != nil && $0 != last } ?? 0
        let own = responders.indices.filter { $0 > first && responders[$0] == last }
        // Of those that go in a circle every second or third is as near as the one before.
        let left = own.compactMap { replyTTLs.indices.contains($0) ? replyTTLs[$0] : nil }
        guard left.isEmpty || Set(left).count <= own.count / 2 else { return nil }
        return own.count >= alone ? own[turns - 1] : nil
    }
}
