public import Wire

/// Follows flows and finds round trips in the packets that it is given, in the order of the capture.
///
/// It reads no clock: the time of a packet is that of its capture. In the steady state it allocates nothing.
@safe
public struct FlowEngine: ~Copyable {
    public internal(set) var totals = FlowTotals()
    var table: FlowTable
    var pool: StampPool
    var parts: SideParts
    var methods = MethodHistograms()
    var buffer: SampleBuffer
    var events: EventBuffer
    private(set) var evictedPaths: EvictedPaths
    let isExact: Bool
    /// Whether the next segment of a side has a path of its own; the other one finds the same.
    var predicts = true
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
        parts = SideParts(flows: flows, isExact: isExact)
        buffer = SampleBuffer(isCollecting: options.collectsSamples)
        events = EventBuffer(isCollecting: options.collectsEvents)
        evictedPaths = EvictedPaths(isKept: options.keepsEvictedPaths)
    }

    /// The round trips of a method, of all flows.
    public func histogram(_ method: SampleMethod) -> RoundTripHistogram { methods.histogram(method) }

    /// Hands `body` each piece of memory that packets touch at random, so that a caller may ask the system for large pages.
    public func withTableMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) {
        unsafe table.withMemory(body)
        unsafe pool.withMemory(body)
        unsafe parts.withMemory(body)
    }

    /// Flows in the table.
    public var flowCount: Int { table.count }

    /// Takes the packets of a batch, in their order; the batch is empty afterwards.
    /// - Parameter piece: what they were decoded from.
    public mutating func process(_ batch: inout PacketBatch, in piece: RawSpan) {
        prepare(batch)
        var news = 0
        for index in 0..<batch.count { unsafe table.askForRecord(batch.packet(index), &news) }
        takeEach(of: batch, in: piece)
        batch.removeAll()
    }

    @inline(never)
    private mutating func takeEach(of batch: borrowing PacketBatch, in piece: RawSpan) {
        for index in 0..<batch.count {
            let packet = unsafe batch.packet(index)
            unsafe frame = packet.pointee.frame
            if unsafe packet.pointee.verdict == .tcp {
                unsafe takeSegment(packet, &packet.pointee.view, in: piece)
            } else {
                unsafe takeOther(packet, in: piece)
            }
        }
    }

    /// Counts the packets, and asks for what finds their flows.
    @inline(never)
    private mutating func prepare(_ batch: borrowing PacketBatch) {
        var bytes: UInt64 = 0
        var (firstTime, lastTime) = (totals.firstTime, totals.lastTime)
        for index in 0..<batch.count {
            let packet = unsafe batch.packet(index)
            unsafe bytes &+= UInt64(truncatingIfNeeded: packet.pointee.wireLength)
            unsafe firstTime = min(firstTime, packet.pointee.time)
            unsafe lastTime = max(lastTime, packet.pointee.time)
            unsafe totals.verdicts[Int(packet.pointee.verdict.rawValue)] &+= 1
            unsafe table.prepare(packet)
        }
        totals.packets &+= UInt64(batch.count)
        totals.bytes &+= bytes
        (totals.firstTime, totals.lastTime) = (firstTime, lastTime)
    }

    /// Counts a packet of which nobody knows when it was captured: it says nothing of any latency.
    public mutating func countUntimed(_ bytes: RawSpan, wireLength: Int, link: LinkType) {
        var view = PacketView()
        let verdict = view.decode(bytes, wireLength: wireLength, link: link)
        totals.verdicts[Int(verdict.rawValue)] &+= 1
        if verdict == .malformed { totals.faults[Int(view.fault.rawValue)] &+= 1 }
        totals.packets &+= 1
        totals.untimed &+= 1
        totals.bytes &+= UInt64(clamping: wireLength)
    }

    @inline(__always)
    private mutating func takeSegment(
        _ packet: UnsafeMutablePointer<PendingPacket>,
        _ view: inout PacketView,
        in piece: RawSpan
    ) {
        let record = unsafe locate(packet)
        // The port of a service is the lower one.
        let port = min(view.sourcePort, view.destinationPort)
        guard port != 179, port != 53 else { return unsafe messages(packet, record, port: port, in: piece) }
        let isReversed = unsafe packet.pointee.search.isReversed
        let (time, wireLength) = unsafe (packet.pointee.time, packet.pointee.wireLength)
        unsafe tcp(&view, record, isReversed: isReversed, time: time, wireLength: wireLength)
    }

    /// What is said over TCP by protocols that guard a path or are timed themselves.
    @inline(never)
    private mutating func messages(
        _ packet: UnsafeMutablePointer<PendingPacket>,
        _ record: UnsafeMutablePointer<FlowRecord>,
        port: UInt16,
        in piece: RawSpan
    ) {
        let (time, isReversed) = unsafe (packet.pointee.time, packet.pointee.search.isReversed)
        let (sender, other) = unsafe FlowRecord.sides(record, isReversed: isReversed)
        let before = unsafe sender.pointee
        let countersBefore = parts.details[before.detailBlock].counters
        unsafe segment(
            &packet.pointee.view,
            &sender.pointee,
            &other.pointee,
            record: record,
            time: time,
            wireLength: packet.pointee.wireLength
        )
        let view = unsafe packet.pointee.view
        let payload = unsafe piece.extracting(packet.pointee.payload)
        let counters = unsafe parts.details[sender.pointee.detailBlock].counters
        guard payload.byteCount > 0, counters.mirrored == countersBefore.mirrored else { return }
        guard port == 179 else {
            return unsafe domainName(view, record, isReversed: isReversed, payload, time: time)
        }
        // What was sent again was counted.
        guard
            unsafe !before.marks.contains(.sequence) || sender.pointee.nextSequence != before.nextSequence
                || counters.outOfOrder != countersBefore.outOfOrder
        else { return }
        unsafe parts.details.change(&sender.pointee.detailBlock) { $0.control.takeBGP(payload, time: time) }
    }

    /// What is no TCP; apart from the path of most packets.
    @inline(never)
    private mutating func takeOther(_ packet: UnsafeMutablePointer<PendingPacket>, in piece: RawSpan) {
        let view = unsafe packet.pointee.view
        switch unsafe packet.pointee.verdict {
        case .icmp, .icmpv6: unsafe echo(view, packet)
        case .esp: unsafe esp(view, packet)
        case .udp: unsafe datagram(view, packet, piece.extracting(packet.pointee.payload))
        case .otherIP: unsafe unknown(packet)
        case .malformed: totals.faults[Int(view.fault.rawValue)] &+= 1
        case .tcp, .fragment, .arp, .notIP, .cutShort, .unknownLink: break
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
    mutating func locate(_ packet: UnsafePointer<PendingPacket>) -> UnsafeMutablePointer<FlowRecord> {
        if let found = unsafe table.find(packet) { return unsafe found }
        return unsafe table.record(admit(packet.pointee.search, time: packet.pointee.time))
    }

    @inline(never)
    private mutating func admit(_ search: FlowSearch, time: Int64) -> Int {
        let index = table.insert(search, time: time)
        guard index < 0 else { return index }
        let victim = table.oldest()
        let record = unsafe table.record(victim)
        unsafe retire(&record.pointee)
        table.replace(victim, by: search, time: time)
        totals.evictedFlows = table.evicted
        return victim
    }

    private mutating func retire(_ record: inout FlowRecord) {
        if evictedPaths.isKept { evictedPaths.add(record, parts) }
        totals.counters.merge(parts.details[record.first.detailBlock].counters)
        totals.counters.merge(parts.details[record.second.detailBlock].counters)
        release(&record.first)
        release(&record.second)
    }

    private mutating func release(_ side: inout FlowSide) {
        side.segments.release(&pool)
        parts.release(&side, &pool)
    }

    /// Keeps an event; apart from the path of every packet.
    @inline(never)
    mutating func note(_ kind: FlowEvent.Kind, _ view: PacketView, time: Int64) {
        events.append(FlowEvent(kind, view, time: time))
    }

    /// Counts a round trip and keeps it where samples are wanted; a view is copied only then.
    @inline(__always)
    mutating func emit(_ method: SampleMethod, _ roundTrip: Int64, _ view: @autoclosure () -> PacketView, time: Int64) {
        methods.add(roundTrip, method)
        if buffer.isCollecting { keep(method, roundTrip, view(), time: time) }
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
