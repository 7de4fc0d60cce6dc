internal import Wire

/// Flows without connections.
extension FlowEngine {
    /// Finds the flow and counts the packet; of an IP packet of which nothing more is known, that is all.
    /// - Parameter content: what tells the packet from others of its flow; nil: copies are not looked for.
    /// - Returns: the record; nil for a copy of the packet before.
    @inline(__always)
    private mutating func withSides(
        _ packet: UnsafePointer<PendingPacket>,
        content: UInt32? = nil
    ) -> UnsafeMutablePointer<FlowRecord>? {
        let record = unsafe locate(packet)
        let isNew =
            unsafe packet.pointee.search.isReversed
            ? unsafe record.pointee.second.count(packet, content, &parts)
            : unsafe record.pointee.first.count(packet, content, &parts)
        return unsafe isNew ? record : nil
    }

    /// An IP packet of which nothing more is known.
    mutating func unknown(_ packet: UnsafePointer<PendingPacket>) { _ = unsafe withSides(packet) }

    mutating func datagram(_ view: PacketView, _ packet: UnsafePointer<PendingPacket>, _ payload: RawSpan) {
        guard let record = unsafe withSides(packet, content: payload.mirrorMark), payload.byteCount > 0 else { return }
        let time = unsafe packet.pointee.time
        if unsafe packet.pointee.search.isReversed {
            unsafe message(view, &record.pointee.second, &record.pointee.first, record, payload, time: time)
        } else {
            unsafe message(view, &record.pointee.first, &record.pointee.second, record, payload, time: time)
        }
    }

    /// ICMP: an echo is a flow of its two addresses and its identifier; every other message one of its addresses.
    mutating func echo(_ view: PacketView, _ packet: UnsafePointer<PendingPacket>) {
        let isEcho = view.isEchoRequest || view.isEchoReply
        let content = isEcho ? view.sequence | UInt32(view.icmpType) << 24 : nil
        guard let record = unsafe withSides(packet, content: content) else { return }
        let time = unsafe packet.pointee.time
        if unsafe packet.pointee.search.isReversed {
            unsafe echo(view, &record.pointee.second, &record.pointee.first, time: time)
        } else {
            unsafe echo(view, &record.pointee.first, &record.pointee.second, time: time)
        }
    }

    private mutating func echo(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        time: Int64
    ) {
        if view.isEchoRequest {
            request(view.sequence, check: 0, &sender, time: time)
        } else if view.isEchoReply {
            reply(view.sequence, check: 0, .icmp, view, &other, time: time)
        }
    }

    /// A request that waits for an answer with the same number; `check` must agree too.
    mutating func request(_ number: UInt32, check: UInt32, _ sender: inout FlowSide, time: Int64) {
        for index in 0..<Int(sender.segments.count) {
            let stamp = sender.segments.stamp(index, pool)
            guard stamp.key == number, stamp.start == check || check == 0 || stamp.start == 0 else { continue }
            // Numbers come round again: an answer that can no longer come makes nothing ambiguous.
            let isPending = time &- stamp.lastTime <= Self.answerLimit
            guard !isPending || !Self.isMirrorDelay(time &- stamp.lastTime) else {
                parts.details.change(&sender.detailBlock) { $0.counters.mirrored &+= 1 }
                return
            }
            if isPending { parts.details.change(&sender.detailBlock) { $0.counters.repeated &+= 1 } }
            let again = isPending ? stamp.repeated(at: time) : Stamp(time: time, key: number, start: check)
            sender.segments.replace(index, again, pool)
            return
        }
        let stamp = Stamp(time: time, key: number, start: check)
        while sender.segments.count > 0, time &- sender.segments.stamp(0, pool).lastTime > Self.answerLimit {
            sender.segments.removeFirst()
        }
        let mayGrow = isExact || sender.segments.count < Self.requestLimit
        guard !sender.segments.append(stamp, &pool, mayGrow: mayGrow) else { return }
        // What waits that long is hardly answered any more; what does not may be the next to be.
        guard time &- sender.segments.stamp(0, pool).lastTime > Self.usualLimit else {
            totals.skippedStamps &+= 1
            return
        }
        sender.segments.removeFirst()
        _ = sender.segments.append(stamp, &pool, mayGrow: false)
    }

    /// The answer to a request of `asker`.
    mutating func reply(
        _ number: UInt32,
        check: UInt32,
        _ method: SampleMethod,
        _ view: PacketView,
        _ asker: inout FlowSide,
        time: Int64
    ) {
        for index in 0..<Int(asker.segments.count) {
            let stamp = asker.segments.stamp(index, pool)
            guard stamp.key == number, stamp.start == check || check == 0 || stamp.start == 0 else { continue }
            asker.segments.remove(index, pool)
            guard !stamp.isAmbiguous else { return }
            let roundTrip = time &- stamp.time
            guard roundTrip >= 0 else {
                totals.negativeRoundTrips &+= 1
                return
            }
            parts.quantiles.add(roundTrip, to: &asker.acknowledged, &asker.acknowledgedQuantiles)
            emit(method, roundTrip, view, time: time)
            return
        }
    }

    /// Requests of one side that wait: each new one is looked for among them.
    private static let requestLimit = 1_024

    /// How long an answer is waited for, in nanoseconds.
    static var answerLimit: Int64 { 60_000_000_000 }

    /// How long an answer is waited for where others wait for the place, in nanoseconds: as resolvers do.
    private static let usualLimit: Int64 = 5_000_000_000

    /// Whether a packet that says the same as one so many nanoseconds before it is a copy that a port mirror made: nobody repeats
    /// himself within a millisecond.
    @inline(__always)
    static func isMirrorDelay(_ delay: Int64) -> Bool { 0 <= delay && delay < 1_000_000 }

    /// ESP: each SPI is a flow of one direction; sequence numbers rise by one (RFC 4303 §2.2).
    mutating func esp(_ view: PacketView, _ packet: UnsafePointer<PendingPacket>) {
        guard let record = unsafe withSides(packet) else { return }
        let time = unsafe packet.pointee.time
        let missing =
            unsafe packet.pointee.search.isReversed
            ? unsafe record.pointee.second.takeNumber(view.sequence, pool, &parts)
            : unsafe record.pointee.first.takeNumber(view.sequence, pool, &parts)
        guard missing != 0, events.isCollecting else { return }
        let event =
            missing > 0
            ? FlowEvent(.missingESP, value: UInt32(missing), view, time: time) : FlowEvent(.lateESP, view, time: time)
        events.append(event)
    }
}

extension FlowSide {
    /// - Returns: false where the packet is the one before once more: the same identification, length and content within a
    ///   millisecond.
    @inline(__always)
    fileprivate mutating func count(
        _ packet: UnsafePointer<PendingPacket>,
        _ content: UInt32?,
        _ parts: inout SideParts
    ) -> Bool {
        let (time, length) = unsafe (packet.pointee.time, packet.pointee.view.payloadLength)
        let delay = time &- lastTime
        packets &+= 1
        unsafe bytes &+= UInt64(truncatingIfNeeded: packet.pointee.wireLength)
        lastTime = time
        if let content {
            let number = unsafe UInt16(truncatingIfNeeded: packet.pointee.view.identification)
            if packets > 1, FlowEngine.isMirrorDelay(delay), lastSequence == content, lastShape == length,
                identification == number
            {
                parts.details.change(&detailBlock) { $0.counters.mirrored &+= 1 }
                return false
            }
            (lastSequence, lastShape, identification) = (content, length, number)
        }
        payloadBytes &+= UInt64(length)
        return true
    }
}

extension RawSpan {
    /// What tells a datagram from the one before it: the start of its payload.
    fileprivate var mirrorMark: UInt32 {
        var sum: UInt64 = 0
        var place = 0
        while place < min(byteCount, 32) {
            if place &+ 8 <= byteCount {
                sum ^= unsafe unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
                place &+= 8
            } else {
                sum ^= unsafe UInt64(unsafeLoad(fromByteOffset: place, as: UInt8.self))
                place &+= 1
            }
            sum = sum &* 0x9E37_79B9_7F4A_7C15
            sum ^= sum >> 32
        }
        return UInt32(truncatingIfNeeded: sum)
    }
}
