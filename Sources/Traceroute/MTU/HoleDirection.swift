/// On which way large packets vanish: an echo reply is as large as its request, so that its silence may be of either.
public enum HoleDirection: String, CaseIterable, Sendable {
    /// On the way to the target.
    case forward
    /// On the way back: the target gets them, and its large answers do not arrive.
    case back = "return"
}

/// Tells the direction by packets whose answer is small, such as UDP to a closed port: small ones, which show that such are
/// answered at all, and ones of the size that vanishes.
struct HoleCheck: Hashable {
    /// Of each size; as few as a target that limits its errors answers at once.
    static let tries = 3

    private var small = 0
    private var large = 0
    private var tried = 0

    mutating func note(small isSmallAnswered: Bool, large isLargeAnswered: Bool) {
        tried += 1
        small += isSmallAnswered ? 1 : 0
        large += isLargeAnswered ? 1 : 0
    }

    /// Nil where it is not proven.
    var direction: HoleDirection? {
        if large > 0 { return .back }
        return tried >= Self.tries && small == tried ? .forward : nil
    }
}

extension PathMTU {
    /// Large packets met another router than the probes of the trace did, as those of another protocol may.
    func isOfOtherWay(than hops: [TraceHop]) -> Bool {
        guard let limitRouter, let hop = hops.first(where: { $0.ttl == limitTTL }), !hop.responders.isEmpty else {
            return false
        }
        return !hop.responders.contains { $0.address == limitRouter }
    }

    /// Where a router answers small packets behind the last one that large ones reach, these vanish before it: the answers of
    /// routers are small.
    func isHoleBeforeRouter(_ hops: [(ttl: Int, answers: Bool)], distance: Int) -> Bool {
        guard behaviour == .blackHole, let limitTTL else { return false }
        return hops.contains { $0.answers && $0.ttl > limitTTL && $0.ttl < distance }
    }
}
