public import Model

/// Something happened in the embedded network.
public struct DemoEvent: Hashable, Sendable {
    public var change: DemoTimeline.Change
    /// Since the start.
    public var elapsed: Duration
    /// When, by the monotonic clock.
    public var at: MonotonicTime

    /// The host's routes are others now and must be asked again.
    public var changesRoutes: Bool { change.changesRoutes }

    /// For the log.
    public var sentence: String {
        switch change {
        case .circuitCut:
            "the circuit \(DemoLayout.circuit) was cut: both its connections drop every packet without a word"
        case .trafficMoved:
            "routing has found out: the workload's traffic now goes over \(DemoLayout.vpn)"
        case .circuitRestored:
            "the circuit \(DemoLayout.circuit) was mended: both its connections carry again, "
                + "the traffic is still on \(DemoLayout.vpn)"
        case .trafficReturned:
            "routing has moved the workload's traffic back to the circuit \(DemoLayout.circuit)"
        }
    }
}
