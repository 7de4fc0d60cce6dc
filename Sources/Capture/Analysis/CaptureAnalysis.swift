public import Flows
internal import Wire

/// Takes packets from any source, decodes them and hands them to the flow engine. Of one thread.
public struct CaptureAnalysis: ~Copyable {
    public internal(set) var engine: FlowEngine
    /// Packets that the sources delivered, those that the filter refused included.
    public internal(set) var frames: UInt64 = 0
    private var view = PacketView()
    private var watchesProbes = false
    private var stamps: ProbeStamps?
    private var interface = 0

    public init(_ options: FlowEngineOptions) {
        engine = FlowEngine(options)
    }

    /// Apart, so that files, in which no probe is looked for, pay for one branch.
    @inline(never)
    private func show(_ verdict: PacketVerdict, time: Int64) {
        guard verdict == .tcp else { return }
        stamps?.see(view, time: time, interface: interface)
    }

    /// Tells `stamps` of the packets of probes.
    /// - Parameter interface: tells interfaces apart that show the same packets.
    mutating func watch(_ stamps: ProbeStamps, interface: Int) {
        self.stamps = stamps
        self.interface = interface
        watchesProbes = true
    }

    /// - Parameters:
    ///   - bytes: what the capture kept of the packet.
    ///   - time: nanoseconds since the epoch.
    @inline(__always)
    mutating func take(
        _ bytes: RawSpan,
        wireLength: Int,
        time: Int64,
        link: LinkType,
        filter: PacketFilter?
    ) {
        frames &+= 1
        if let filter, !filter.accepts(bytes, wireLength: wireLength) { return }
        let verdict = view.decode(bytes, wireLength: wireLength, link: link)
        if watchesProbes { show(verdict, time: time) }
        engine.process(view, verdict, frame: frames, time: time, wireLength: wireLength, bytes: bytes)
    }
}
