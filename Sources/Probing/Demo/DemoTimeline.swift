internal import Model

/// A way through the embedded network.
public enum DemoPath: String, CaseIterable, Sendable {
    case primary, secondary, vpn
    /// Inside the site: crosses nothing that fails.
    case site
}

/// What the embedded network does and when: a pure function of the time since its start.
///
/// Each cycle of 40 s: all is well; at 10 s the circuit is cut silently; at 13 s routing has moved the workload to
/// the VPN; at 22 s the circuit carries again; at 25 s routing has moved the workload back.
public struct DemoTimeline: Hashable, Sendable {
    public enum Change: CaseIterable, Sendable {
        case circuitCut, trafficMoved, circuitRestored, trafficReturned

        /// Since the start of the cycle.
        public var time: Duration {
            switch self {
            case .circuitCut: .seconds(10)
            case .trafficMoved: .seconds(13)
            case .circuitRestored: .seconds(22)
            case .trafficReturned: .seconds(25)
            }
        }

        /// The host's routes for the workload are others from now on.
        public var changesRoutes: Bool { self == .trafficMoved || self == .trafficReturned }
    }

    public static let cycle: Duration = .seconds(40)

    public init() {}

    /// Whether packets cross a path at a time; before the start all do.
    public func carries(_ path: DemoPath, at elapsed: Duration) -> Bool {
        switch path {
        case .vpn, .site: true
        case .primary, .secondary: !isBetween(.circuitCut, .circuitRestored, elapsed)
        }
    }

    /// The paths over which the host's routes send the workload: more than one share the flows.
    public func workloadPaths(at elapsed: Duration) -> [DemoPath] {
        isBetween(.trafficMoved, .trafficReturned, elapsed) ? [.vpn] : [.primary, .secondary]
    }

    /// The first change later than a time.
    public func nextChange(after elapsed: Duration) -> (change: Change, at: Duration) {
        let position = Self.position(of: elapsed)
        let start = elapsed - position
        for change in Change.allCases where change.time > position { return (change, start + change.time) }
        return (.circuitCut, start + Self.cycle + Change.circuitCut.time)
    }

    private func isBetween(_ first: Change, _ last: Change, _ elapsed: Duration) -> Bool {
        let position = Self.position(of: elapsed)
        return first.time <= position && position < last.time
    }

    /// Time since the start of the cycle; before the first start the network stands at 0.
    private static func position(of elapsed: Duration) -> Duration {
        .nanoseconds(max(0, elapsed.nanoseconds) % cycle.nanoseconds)
    }
}
