public import Flows
internal import Wire

/// Takes packets from any source, decodes them and hands them to the flow engine. Of one thread.
public struct CaptureAnalysis: ~Copyable {
    public internal(set) var engine: FlowEngine
    /// Packets that the sources delivered, those that the filter refused included.
    public internal(set) var frames: UInt64 = 0
    private var batch = PacketBatch()
    private var watchesProbes = false
    private var stamps: ProbeStamps?
    private var interface = 0

    public init(_ options: FlowEngineOptions) {
        engine = FlowEngine(options)
    }

    /// Apart, so that files, in which no probe is looked for, pay for one branch.
    @inline(never)
    private func show(time: Int64) {
        batch.withLast { view, verdict in
            guard verdict == .tcp else { return }
            stamps?.see(view, time: time, interface: interface)
        }
    }

    /// Tells `stamps` of the packets of probes.
    /// - Parameter interface: tells interfaces apart that show the same packets.
    mutating func watch(_ stamps: ProbeStamps, interface: Int) {
        self.stamps = stamps
        self.interface = interface
        watchesProbes = true
    }

    /// Takes one packet of a piece that holds several; `flush` must follow before the piece is gone.
    /// - Parameters:
    ///   - start: where what the capture kept of the packet starts in `piece`, and where it ends.
    ///   - time: nanoseconds since the epoch.
    @inline(__always)
    mutating func take(
        _ piece: RawSpan,
        from start: Int,
        to end: Int,
        wireLength: Int,
        time: Int64,
        link: LinkType,
        filter: PacketFilter?
    ) {
        frames &+= 1
        if let filter, !filter.accepts(piece.extracting(start..<end), wireLength: wireLength) { return }
        batch.add(piece, from: start, to: end, frame: frames, time: time, wireLength: wireLength, link: link)
        if watchesProbes { show(time: time) }
        if batch.isFull { engine.process(&batch, in: piece) }
    }

    /// Takes a packet of which the capture does not say when it came: it is counted, and no flow sees it.
    mutating func takeUntimed(_ bytes: RawSpan, wireLength: Int, link: LinkType, filter: PacketFilter?) {
        frames &+= 1
        if let filter, !filter.accepts(bytes, wireLength: wireLength) { return }
        engine.countUntimed(bytes, wireLength: wireLength, link: link)
    }

    /// Hands what is left of the packets of a piece to the engine.
    mutating func flush(_ piece: RawSpan) { engine.process(&batch, in: piece) }
}
