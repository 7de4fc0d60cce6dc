/// When enough flows have been tried to know all next hops of a balancer: the multipath detection algorithm (Augustin,
/// Friedman, Teixeira: Measuring load-balanced paths in the Internet).
public struct StoppingRule: Hashable, Sendable {
    /// Of having missed none, for one balancer that spreads evenly.
    public enum Confidence: Int, CaseIterable, Sendable {
        case percent95 = 95
        case percent99 = 99
    }

    public var confidence: Confidence

    public init(_ confidence: Confidence = .percent95) {
        self.confidence = confidence
    }

    /// Flows after which `found` next hops are held to be all: with one hop more, that many would have shown it.
    public func flows(found: Int) -> Int {
        // That one of k hops is missed by n flows is at most k·((k-1)/k)^n.
        let hops = Double(max(found, 1) + 1)
        let allowed = 1 - Double(confidence.rawValue) / 100
        var risk = hops
        var flows = 0
        while risk > allowed {
            risk *= (hops - 1) / hops
            flows += 1
        }
        return flows
    }
}
