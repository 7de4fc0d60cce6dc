public import Wire

/// Follows flows and finds round trips in the packets that it is given, in the order of the capture.
///
/// It reads no clock: the time of a packet is that of its capture. In the steady state it allocates nothing.
@safe
public struct FlowEngine: ~Copyable {
    public internal(set) var totals = FlowTotals()
    var table: FlowTable
    var pool: StampPool
    var quantiles: QuantilePool
    var methods = MethodHistograms()
    var buffer: SampleBuffer
    var events: EventBuffer
    let isExact: Bool
    private var frame: UInt64 = 0

    public init(_ options: FlowEngineOptions = FlowEngineOptions()) {
        isExact = options.isExact
        let flows = min(max(options.maximumFlows, 16), 1 << 24)
        table = FlowTable(capacity: flows, limit: isExact ? 1 << 28 : flows, seed: options.seed)
        pool = StampPool(
            stamps: isExact ? 1 << 36 : 1 << 22,
            initially: 1 << 22,
            largestClass: isExact ? StampPool.largestClass : 3
        )
        quantiles = QuantilePool(blocks: flows * 2, limit: isExact ? 1 << 30 : flows * 2)
        buffer = SampleBuffer(isCollecting: options.collectsSamples)
        events = EventBuffer(isCollecting: options.collectsEvents)
    }

    /// The round trips of a method, of all flows.
    public func histogram(_ method: SampleMethod) -> RoundTripHistogram { methods.histogram(method) }

    /// Hands `body` each piece of memory that packets touch at random, so that a caller may ask the system for large pages.
    public func withTableMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) { unsafe table.withMemory(body) }

    /// Flows in the table.
    public var flowCount: Int { table.count }

    /// Takes one packet.
    /// - Parameters:
    ///   - frame: its number in the capture, from 1 on.
    ///   - time: nanoseconds since the epoch.
    ///   - wireLength: bytes of the whole packet.
    ///   - bytes: what was captured of it.
    @inline(__always)
    public mutating func process(
        _ view: PacketView,
        _ verdict: PacketVerdict,
        frame: UInt64,
        time: Int64,
        wireLength: Int,
        bytes: RawSpan
    ) {
        self.frame = frame
        totals.packets &+= 1
        totals.bytes &+= UInt64(truncatingIfNeeded: wireLength)
        totals.verdicts[Int(verdict.rawValue)] &+= 1
        if time < totals.firstTime { totals.firstTime = time }
        if time > totals.lastTime { totals.lastTime = time }
        switch verdict {
        case .tcp:
            tcp(view, time: time, wireLength: wireLength)
            if view.sourcePort == 179 || view.destinationPort == 179 { borderGateway(view, bytes, time: time) }
        case .icmp, .icmpv6: echo(view, time: time, wireLength: wireLength)
        case .esp: esp(view, time: time, wireLength: wireLength)
        case .udp: datagram(view, time: time, wireLength: wireLength, bytes: bytes)
        case .otherIP: other(view, time: time, wireLength: wireLength)
        case .malformed: totals.faults[Int(view.fault.rawValue)] &+= 1
        case .fragment, .arp, .notIP, .cutShort, .unknownLink: break
        }
    }

    /// The samples since the last call, given one after the other; call it at least every 1000 packets where samples are
    /// collected.
    public mutating func drainSamples(_ body: (borrowing Sample) -> Void) {
        for sample in buffer.samples { body(sample) }
        buffer.removeAll()
    }

    /// The events since the last call; to be called as often as `drainSamples` where events are collected.
    public mutating func drainEvents(_ body: (borrowing FlowEvent) -> Void) {
        for event in events.events { body(event) }
        events.removeAll()
    }

    /// Finds or makes the record of a packet's flow.
    @inline(__always)
    mutating func locate(
        _ key: FlowKey,
        scope: UInt32,
        isReversed: Bool,
        time: Int64
    ) -> UnsafeMutablePointer<FlowRecord> {
        let found = table.find(key, scope: scope, isReversed: isReversed)
        let index =
            found >= 0 ? found : admit(key, scope: scope, isReversed: isReversed, time: time)
        return unsafe table.record(index)
    }

    @inline(never)
    private mutating func admit(_ key: FlowKey, scope: UInt32, isReversed: Bool, time: Int64) -> Int {
        let index = table.insert(key, scope: scope, isReversed: isReversed, time: time)
        guard index < 0 else { return index }
        let victim = table.oldest()
        let record = unsafe table.record(victim)
        unsafe retire(&record.pointee)
        table.replace(victim, by: key, scope: scope, isReversed: isReversed, time: time)
        totals.evictedFlows = table.evicted
        return victim
    }

    private mutating func retire(_ record: inout FlowRecord) {
        totals.counters.merge(record.first.counters)
        totals.counters.merge(record.second.counters)
        release(&record.first)
        release(&record.second)
    }

    private mutating func release(_ side: inout FlowSide) {
        side.segments.release(&pool)
        side.timestamps.release(&pool)
        quantiles.release(&side.acknowledgedQuantiles)
        quantiles.release(&side.echoedQuantiles)
    }

    /// Keeps an event; apart from the path of every packet.
    @inline(never)
    mutating func note(_ kind: FlowEvent.Kind, _ view: PacketView, time: Int64) {
        events.append(FlowEvent(kind, view, time: time))
    }

    /// Counts a round trip and keeps it where samples are wanted.
    @inline(__always)
    mutating func emit(_ method: SampleMethod, _ roundTrip: Int64, _ view: PacketView, time: Int64) {
        methods.add(roundTrip, method)
        if buffer.isCollecting { keep(method, roundTrip, view, time: time) }
    }

    @inline(never)
    private mutating func keep(
        _ method: SampleMethod,
        _ roundTrip: Int64,
        _ view: PacketView,
        time: Int64
    ) {
        buffer.append(
            Sample(
                frame: frame,
                time: time,
                roundTrip: roundTrip,
                method: method,
                isIPv6: view.isIPv6,
                sourcePort: view.sourcePort,
                destinationPort: view.destinationPort,
                sourceHigh: view.sourceHigh,
                sourceLow: view.sourceLow,
                destinationHigh: view.destinationHigh,
                destinationLow: view.destinationLow
            )
        )
    }
}
