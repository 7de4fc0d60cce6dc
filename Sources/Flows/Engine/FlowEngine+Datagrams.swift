internal import Wire

/// Flows without connections.
extension FlowEngine {
    /// Finds the flow, counts the packet, and hands both sides to `body`.
    @inline(__always)
    private mutating func withSides(
        _ view: PacketView,
        _ key: FlowKey,
        isReversed: Bool,
        time: Int64,
        wireLength: Int
    ) -> UnsafeMutablePointer<FlowRecord> {
        let record = unsafe locate(key, scope: view.scope, isReversed: isReversed, time: time)
        if isReversed {
            unsafe record.pointee.second.count(view, time: time, wireLength: wireLength)
        } else {
            unsafe record.pointee.first.count(view, time: time, wireLength: wireLength)
        }
        return unsafe record
    }

    /// IP packets of which nothing more is known.
    mutating func other(_ view: PacketView, time: Int64, wireLength: Int) {
        var isReversed = false
        let key = FlowKey(view, isReversed: &isReversed)
        _ = unsafe withSides(view, key, isReversed: isReversed, time: time, wireLength: wireLength)
    }

    mutating func datagram(_ view: PacketView, time: Int64, wireLength: Int, bytes: RawSpan) {
        var isReversed = false
        let key = FlowKey(view, isReversed: &isReversed)
        let record = unsafe withSides(view, key, isReversed: isReversed, time: time, wireLength: wireLength)
        let start = view.payloadOffset
        guard view.payloadLength > 0, start < bytes.byteCount else { return }
        let end = min(bytes.byteCount, start &+ Int(view.payloadLength))
        let payload = bytes.extracting(start..<end)
        if isReversed {
            unsafe message(view, &record.pointee.second, &record.pointee.first, record, payload, time: time)
        } else {
            unsafe message(view, &record.pointee.first, &record.pointee.second, record, payload, time: time)
        }
    }

    /// ICMP: an echo is a flow of its two addresses and its identifier; every other message one of its addresses.
    mutating func echo(_ view: PacketView, time: Int64, wireLength: Int) {
        var isReversed = false
        var key = FlowKey(view, isReversed: &isReversed)
        let isRequest = view.icmpType == (view.isIPv6 ? 128 : 8)
        let isReply = view.icmpType == (view.isIPv6 ? 129 : 0)
        if !isRequest, !isReply { (key.firstPort, key.secondPort) = (0, 0) }
        let record = unsafe withSides(view, key, isReversed: isReversed, time: time, wireLength: wireLength)
        if isReversed {
            unsafe echo(view, &record.pointee.second, &record.pointee.first, isRequest, isReply, time: time)
        } else {
            unsafe echo(view, &record.pointee.first, &record.pointee.second, isRequest, isReply, time: time)
        }
    }

    private mutating func echo(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        _ isRequest: Bool,
        _ isReply: Bool,
        time: Int64
    ) {
        if isRequest {
            request(view.sequence, check: 0, &sender, time: time)
        } else if isReply {
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
    mutating func esp(_ view: PacketView, time: Int64, wireLength: Int) {
        var isReversed = false
        var key = FlowKey(view, isReversed: &isReversed)
        key.parameters = view.securityParameters
        key.protocolNumber = 50
        let record = unsafe withSides(view, key, isReversed: isReversed, time: time, wireLength: wireLength)
        let missing =
            isReversed
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
    fileprivate mutating func count(_ view: PacketView, time: Int64, wireLength: Int) {
        packets &+= 1
        bytes &+= UInt64(truncatingIfNeeded: wireLength)
        payloadBytes &+= UInt64(view.payloadLength)
        lastTime = time
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
