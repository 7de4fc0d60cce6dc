internal import Wire

/// Lets one request pass to each gateway every five seconds, whatever the intervals and however many ask: each makes
/// the gateway compute, and many limit by source. Who must wait has a place in the queue.
struct GatewayGate {
    static let spacing: Int64 = 5_000_000_000
    private var nextFree: [IPAddress: Int64] = [:]

    /// - Returns: when the request may leave; `now` when at once.
    mutating func reserve(_ gateway: IPAddress, now: Int64) -> Int64 {
        let time = max(now, nextFree[gateway] ?? now)
        nextFree[gateway] = time + Self.spacing
        return time
    }

    /// Forgets gateways whose time has passed.
    mutating func prune(now: Int64) {
        nextFree = nextFree.filter { $0.value > now }
    }

    var count: Int { nextFree.count }
}
