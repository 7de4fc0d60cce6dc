internal import Wire

/// Flows without connections.
extension FlowEngine {
    /// Finds the flow and counts the packet; of an IP packet of which nothing more is known, that is all.
    @inline(__always)
    mutating func withSides(_ packet: UnsafePointer<PendingPacket>) -> UnsafeMutablePointer<FlowRecord> {
        let record = unsafe locate(packet)
        if unsafe packet.pointee.search.isReversed {
            unsafe record.pointee.second.count(packet)
        } else {
            unsafe record.pointee.first.count(packet)
        }
        return unsafe record
    }

    mutating func datagram(_ view: PacketView, _ packet: UnsafePointer<PendingPacket>, _ payload: RawSpan) {
        let record = unsafe withSides(packet)
        let time = unsafe packet.pointee.time
        guard payload.byteCount > 0 else { return }
        if unsafe packet.pointee.search.isReversed {
            unsafe message(view, &record.pointee.second, &record.pointee.first, record, payload, time: time)
        } else {
            unsafe message(view, &record.pointee.first, &record.pointee.second, record, payload, time: time)
        }
    }

    /// ICMP: an echo is a flow of its two addresses and its identifier; every other message one of its addresses.
    mutating func echo(_ view: PacketView, _ packet: UnsafePointer<PendingPacket>) {
        let record = unsafe withSides(packet)
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
            if isPending { sender.counters.repeated &+= 1 }
            let again = isPending ? stamp.repeated(at: time) : Stamp(time: time, key: number, start: check)
            sender.segments.replace(index, again, pool)
            return
        }
        let stamp = Stamp(time: time, key: number, start: check)
        guard !sender.segments.append(stamp, &pool, mayGrow: sender.segments.count < requestLimit) else { return }
        // The oldest was never answered.
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
            quantiles.add(roundTrip, to: &asker.acknowledged, &asker.acknowledgedQuantiles)
            emit(method, roundTrip, view, time: time)
            return
        }
    }

    /// Requests of one side that wait: each new one is looked for among them.
    private var requestLimit: Int { isExact ? 256 : 32 }

    /// How long an answer is waited for, in nanoseconds.
    static var answerLimit: Int64 { 60_000_000_000 }

    /// ESP: each SPI is a flow of one direction; sequence numbers rise by one (RFC 4303 §2.2).
    mutating func esp(_ view: PacketView, _ packet: UnsafePointer<PendingPacket>) {
        let record = unsafe withSides(packet)
        let time = unsafe packet.pointee.time
        let missing =
            unsafe packet.pointee.search.isReversed
            ? unsafe record.pointee.second.trackReplay(view.sequence)
            : unsafe record.pointee.first.trackReplay(view.sequence)
        guard missing != 0, events.isCollecting else { return }
        let event =
            missing > 0
            ? FlowEvent(.missingESP, value: UInt32(missing), view, time: time) : FlowEvent(.lateESP, view, time: time)
        events.append(event)
    }
}

extension FlowSide {
    @inline(__always)
    fileprivate mutating func count(_ packet: UnsafePointer<PendingPacket>) {
        packets &+= 1
        unsafe bytes &+= UInt64(truncatingIfNeeded: packet.pointee.wireLength)
        unsafe payloadBytes &+= UInt64(packet.pointee.view.payloadLength)
        unsafe lastTime = packet.pointee.time
    }

    /// A jump ahead is loss until the missing numbers come; what lies behind by less than the usual replay window of
    /// 2^16 came late, by more is a new start.
    /// - Returns: how many numbers are missing more than before; -1 for one that came late.
    fileprivate mutating func trackReplay(_ number: UInt32) -> Int32 {
        defer { marks.insert(.sequence) }
        guard marks.contains(.sequence) else {
            nextSequence = number &+ 1
            return 0
        }
        let ahead = Int32(bitPattern: number &- nextSequence)
        switch ahead {
        case 0...Int32(1 << 16):
            counters.lost &+= UInt32(ahead)
            nextSequence = number &+ 1
            return ahead
        case -(1 << 16)..<0:
            counters.late &+= 1
            guard counters.lost > 0 else { return 0 }
            counters.lost &-= 1
            return -1
        default:
            nextSequence = number &+ 1
            return 0
        }
    }
}
