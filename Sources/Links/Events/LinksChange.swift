public import Model

/// What an event changed, each with what supports it.
public enum LinksChange: Sendable, Equatable {
    case path(link: String, path: PathID, from: PathState, to: PathState, at: MonotonicTime, evidence: [Evidence])
    case link(link: String, from: LinkState, to: LinkState, at: MonotonicTime, evidence: [Evidence])
    /// The active tier moved down, or up again; `outage` is the one it ended or fell into, nil for none.
    case failover(link: String, from: Int, to: Int, at: MonotonicTime, evidence: [Evidence])
    /// The active set changed inside its tier.
    case shift(link: String, from: Set<PathID>, to: Set<PathID>, at: MonotonicTime)
    case outageOpened(link: String, start: MonotonicTime, at: MonotonicTime)
    /// One that the run before left open goes on.
    case outageResumed(link: String, start: MonotonicTime, at: MonotonicTime)
    case outageClosed(link: String, Outage)
    case flowLost(link: String, target: Target, flow: Int, at: MonotonicTime)
    case flowRestored(link: String, target: Target, flow: Int, Outage)
    case isolated(at: MonotonicTime)
    case reconnected(at: MonotonicTime)
    /// A first loss: references should be asked at once, so that a fault of this host blames nobody else.
    case suspicion(at: MonotonicTime)
    case blind(link: String, Duration)
}
