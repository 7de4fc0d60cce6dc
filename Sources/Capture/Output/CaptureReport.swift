public import Flows
internal import Wire

/// What a capture found, ready to be shown.
public struct CaptureReport: Sendable {
    public struct Method: Sendable {
        public var method: SampleMethod
        public var histogram: RoundTripHistogram
    }

    public var sources: [String]
    public var filter: String?
    public var linkTypes: [String]
    public var clock: String
    public var totals: FlowTotals
    /// Of all flows.
    public var counters: FlowCounters
    /// Packets that kernel and adapter dropped.
    public var dropped: UInt64
    /// Packets that the sources delivered; more than `totals.packets` where a filter refused some.
    public var frames: UInt64
    public var methods: [Method]
    public var grouping: FlowGrouping
    /// Bounded by what was asked for, except for CSV.
    public var groups: [FlowGroup]
    public var flowCount: Int
    public var failures: [CaptureError]
    public var isCancelled: Bool

    /// - Parameter limit: groups at most; nil: all.
    public init(
        of session: borrowing CaptureSession,
        _ options: CaptureOptions,
        by grouping: FlowGrouping,
        limit: Int?,
        isCancelled: Bool
    ) {
        sources = options.sources
        filter = options.filter
        linkTypes = session.links.map(\.name)
        clock = session.clock
        totals = session.analysis.engine.totals
        counters = session.analysis.engine.counters
        dropped = session.dropped
        frames = session.analysis.frames
        methods = SampleMethod.allCases.map {
            Method(method: $0, histogram: session.analysis.engine.histogram($0))
        }
        self.grouping = grouping
        groups = session.analysis.engine.groups(by: grouping, limit: limit)
        flowCount = session.analysis.engine.flowCount
        failures = session.failures
        self.isCancelled = isCancelled
    }

    /// Nanoseconds from the first packet to the last.
    var span: Int64 { totals.firstTime > totals.lastTime ? 0 : totals.lastTime &- totals.firstTime }

    var malformed: UInt64 { totals[.malformed] }
}
