internal import Wire

/// A view is handed on by its place, since a value of its size would be copied for each call; nobody changes it.
extension FlowEngine {
    @inline(__always)
    mutating func tcp(
        _ view: inout PacketView,
        _ record: UnsafeMutablePointer<FlowRecord>,
        isReversed: Bool,
        time: Int64,
        wireLength: Int
    ) {
        // The two sides are different memory, so each can be changed while the other is read.
        let (sender, other) = unsafe FlowRecord.sides(record, isReversed: isReversed)
        if predicts, unsafe Self.isNext(&view, &sender.pointee, &other.pointee) {
            unsafe nextSegment(
                &view,
                &sender.pointee,
                &other.pointee,
                record: record,
                time: time,
                wireLength: wireLength
            )
        } else {
            unsafe segment(&view, &sender.pointee, &other.pointee, record: record, time: time, wireLength: wireLength)
        }
    }

    /// One segment from `sender` to `other`, whatever it is.
    @inline(never)
    mutating func segment(
        _ view: inout PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        record: UnsafeMutablePointer<FlowRecord>,
        time: Int64,
        wireLength: Int
    ) {
        sender.bytes &+= UInt64(truncatingIfNeeded: wireLength)
        guard !sender.isMirrored(&view, &other, time: time, parts) else {
            parts.details.change(&sender.detailBlock) { $0.counters.mirrored &+= 1 }
            sender.packets &+= 1
            return
        }
        if view.isSynchronize { unsafe synchronize(view, &sender, &other, record: record, time: time) }
        let initialRoundTrip = unsafe record.pointee.initialRoundTrip
        sender.payloadBytes &+= UInt64(view.payloadLength)
        if sender.isDuplicateAcknowledgement(view, otherKeptAlive: other.marks.contains(.keptAlive)) {
            sender.duplicateAcknowledgements &+= 1
            parts.details.change(&sender.detailBlock) { $0.counters.duplicateAcknowledgements &+= 1 }
        } else {
            sender.duplicateAcknowledgements = 0
        }
        track(&view, &sender, &other, time: time, initialRoundTrip: initialRoundTrip)
        if view.acknowledges {
            if !view.isSynchronize, initialRoundTrip == 0 {
                unsafe finishHandshake(view, &sender, &other, record: record, time: time)
            }
            unsafe answer(&view, &sender, &other, record: record, time: time)
        }
        remember(&view, &sender, time: time)
    }

    /// Sequence numbers: classes, stamps.
    @inline(__always)
    private mutating func track(
        _ view: inout PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        time: Int64,
        initialRoundTrip: Int64
    ) {
        let occupied = view.payloadLength &+ view.controlLength
        let end = view.sequence &+ occupied
        let kind =
            sender.marks.contains(.sequence) && Int32(bitPattern: view.sequence &- sender.nextSequence) < 0
            ? FlowSide.classify(
                view,
                end: end,
                after: sender.nextSequence,
                since: time &- sender.advanceTime,
                other: FlowSide.Answers(&other, time: time),
                initialRoundTrip: initialRoundTrip
            ) : .new
        let isProbe = other.marks.contains(.closedWindow) && Self.probesWindow(view, &sender, &other)
        if kind != .new {
            if !isProbe { parts.details.change(&sender.detailBlock) { $0.counters.count(kind) } }
            if events.isCollecting, kind.isRetransmission { note(.retransmission, view, time: time) }
        }
        let isReset = view.isReset
        if kind == .keepAlive {
            sender.marks.insert(.keptAlive)
        } else {
            sender.marks.remove(.keptAlive)
        }
        let ahead = Int32(bitPattern: end &- sender.nextSequence)
        let (otherMarks, acknowledged) = (other.marks, other.lastAcknowledgement)
        if kind == .keepAlive, view.payloadLength > 0,
            !repeatSegment(view, &sender, otherMarks, acknowledged, end: end, time: time)
        {
            // A byte that waits for its ACK is sent once more, as by a keystroke that was lost.
            sender.spoil(start: view.sequence, end: end, time: time, pool)
        }
        if occupied > 0, kind != .keepAlive, !isReset, !view.isFirstFragment {
            // Of a side that nobody answers nothing is kept beyond the record.
            let mayGrow = other.packets > 0
            if !sender.marks.contains(.sequence) || ahead > 0 {
                if sender.marks.contains(.sequence), Int32(bitPattern: view.sequence &- sender.nextSequence) < 0 {
                    sender.spoil(start: view.sequence, end: end, time: time, pool)
                }
                // The SYN is timed as part of the handshake; a probe of a window waits for the reader.
                if !view.isSynchronize || view.payloadLength > 0, !isProbe,
                    !sender.stampSegment(start: view.sequence, end: end, time: time, mayGrow: mayGrow, &pool)
                {
                    sender.marks.insert(.skipped)
                    totals.skippedStamps &+= 1
                }
            } else if !view.isSynchronize,
                !repeatSegment(view, &sender, otherMarks, acknowledged, end: end, time: time)
            {
                // A SYN that comes again may be answered by a SYN-ACK that left on its own timer: no copy of it is timed.
                sender.takeRepetition(start: view.sequence, end: end, time: time, mayGrow: mayGrow, &pool)
            }
            if view.hasTimestamps { stampTimestamp(&view, &sender, mayGrow: mayGrow, time: time) }
        }
        if view.hasTimestamps, occupied == 0 || kind == .keepAlive { sender.rememberTimestamp(view.timestampValue) }
        if !sender.marks.contains(.sequence) || ahead > 0, kind != .keepAlive, !isReset {
            if sender.marks.contains(.sequence), view.sequence != sender.nextSequence,
                Int32(bitPattern: view.sequence &- sender.nextSequence) > 0
            {
                parts.details.change(&sender.detailBlock) { $0.counters.missing &+= 1 }
            }
            sender.marks.insert(.sequence)
            sender.nextSequence = end
            sender.advanceTime = time
        }
    }

    /// Whether the segment is a byte that asks a window of zero whether it is open again (RFC 9293 §3.8.6.1): its answer comes
    /// when somebody reads, however short the way is.
    @inline(never)
    private static func probesWindow(_ view: PacketView, _ sender: inout FlowSide, _ other: inout FlowSide) -> Bool {
        guard other.window == 0 else {
            other.marks.remove(.closedWindow)
            return false
        }
        let ahead = Int32(bitPattern: view.sequence &- sender.nextSequence)
        return view.payloadLength == 1 && !view.isControl && (ahead == 0 || ahead == -1)
    }

    /// Stamps a segment that was acknowledged before it was sent again.
    /// - Returns: false where it was not.
    private mutating func repeatSegment(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ otherMarks: FlowSide.Marks,
        _ acknowledged: UInt32,
        end: UInt32,
        time: Int64
    ) -> Bool {
        guard otherMarks.contains(.acknowledgement), Int32(bitPattern: end &- acknowledged) <= 0 else { return false }
        let value = view.hasTimestamps ? view.timestampValue : 0
        sender.stampRepeated(end: end, value: value, time: time, &parts)
        return true
    }

    /// What the acknowledgement and the echo of `sender` say of the packets of `other`.
    @inline(__always)
    private mutating func answer(
        _ view: inout PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        record: UnsafeMutablePointer<FlowRecord>,
        time: Int64
    ) {
        if other.marks.contains(.synchronizing) {
            unsafe answerSynchronize(view, &sender, &other, record: record, time: time)
        }
        var acknowledged = other.takeAcknowledgement(view.acknowledgement, time: time, pool)
        if other.marks.contains(.hasRepeated) {
            let again = other.takeRepeated(view, time: time, parts)
            if again != FlowSide.none { acknowledged = again }
        }
        if acknowledged != FlowSide.none { answered(acknowledged, &other, view, time: time) }
        if view.sackBlocks > 0, sender.marks.contains(.acknowledgement),
            view.acknowledgement == sender.lastAcknowledgement
        {
            answerSelectively(view, &other, time: time)
        }
        if view.hasTimestamps, awaitsEcho(other.timestampBlock) {
            answerTimestamps(&view, other.timestampBlock, time: time)
        }
    }

    /// A segment of `other` was acknowledged after `roundTrip` nanoseconds.
    @inline(__always)
    mutating func answered(
        _ roundTrip: Int64,
        _ other: inout FlowSide,
        _ view: @autoclosure () -> PacketView,
        time: Int64
    ) {
        guard roundTrip >= 0 else { return totals.negativeRoundTrips &+= 1 }
        parts.quantiles.add(roundTrip, to: &other.acknowledged, &other.acknowledgedQuantiles)
        emit(.ack, roundTrip, view(), time: time)
    }

    /// A segment behind a hole is acknowledged at once, by the first block of an ACK that acknowledges nothing more (RFC 2018 §4,
    /// RFC 5681 §4.2).
    @inline(never)
    private mutating func answerSelectively(_ view: PacketView, _ other: inout FlowSide, time: Int64) {
        let roundTrip = other.takeSelectiveAcknowledgement(
            view.sackRight,
            after: view.acknowledgement,
            time: time,
            pool
        )
        if roundTrip != FlowSide.none { answered(roundTrip, &other, view, time: time) }
    }

    @inline(__always)
    private mutating func remember(_ view: inout PacketView, _ sender: inout FlowSide, time: Int64) {
        sender.packets &+= 1
        sender.lastTime = time
        sender.lastSequence = view.sequence
        sender.lastShape = FlowSide.shape(view)
        sender.identification = UInt16(truncatingIfNeeded: view.identification)
        sender.window = view.window
        if view.window == 0, !view.isControl { closeWindow(of: &sender) }
        if view.acknowledges {
            sender.marks.insert(.acknowledgement)
            sender.lastAcknowledgement = view.acknowledgement
        }
        if view.isFinish || view.isReset {
            if view.isFinish { sender.marks.insert(.finished) }
            if view.isReset {
                sender.marks.insert(.reset)
                parts.details.change(&sender.detailBlock) { $0.counters.resets &+= 1 }
            }
        }
    }
}
