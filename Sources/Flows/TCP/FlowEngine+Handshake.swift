internal import Wire

extension FlowEngine {
    /// A SYN or SYN-ACK from `sender`.
    @inline(never)
    mutating func synchronize(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        record: UnsafeMutablePointer<FlowRecord>,
        time: Int64
    ) {
        let isServer = view.acknowledges
        if sender.marks.contains(.synchronized), sender.initialSequence == view.sequence {
            repeatSynchronize(view, &sender)
            unsafe Self.rememberSynchronize(record, ofFirst: record.pointee.key.isFirst(view), time)
            return
        }
        let answersOther =
            isServer && other.marks.contains(.synchronized)
            && Int32(bitPattern: view.acknowledgement &- other.initialSequence) > 0
        // The SYN-ACK came first because the capture or the network changed the order.
        let wasAnswered =
            !isServer && other.marks.contains([.server, .acknowledgement])
            && other.lastAcknowledgement == view.sequence &+ 1 && !sender.marks.contains(.sequence)
        // Both ends opened at once (RFC 9293 §3.5): neither SYN answers the other.
        let crosses =
            !isServer && !wasAnswered && Self.isOpening(other.marks)
            && sender.marks.isDisjoint(with: [.sequence, .synchronized])
        if !answersOther, !wasAnswered, !crosses {
            unsafe record.pointee.connections &+= 1
            // Of a flow that begins there is nothing to forget, and its memory is far away.
            if sender.packets > 0 || other.packets > 0 { unsafe restart(&sender, &other, record: record) }
        }
        sender.marks.insert(isServer ? [.synchronized, .synchronizing, .server] : [.synchronized, .synchronizing])
        if wasAnswered { sender.marks.remove(.synchronizing) }
        sender.initialSequence = view.sequence
        sender.lastSequence = view.sequence
        let isFirst = unsafe record.pointee.key.isFirst(view)
        unsafe Self.rememberSynchronize(record, ofFirst: isFirst, time)
        if !crosses { unsafe record.pointee.initiator = isFirst != isServer ? .first : .second }
    }

    /// When the SYN of a side was seen; by the record's place, since a record that is only read would be copied.
    @inline(__always)
    private static func synchronizeTime(_ record: UnsafeMutablePointer<FlowRecord>, ofFirst isFirst: Bool) -> Int64 {
        unsafe isFirst ? record.pointee.firstSynchronizeTime : record.pointee.secondSynchronizeTime
    }

    @inline(__always)
    private static func rememberSynchronize(
        _ record: UnsafeMutablePointer<FlowRecord>,
        ofFirst isFirst: Bool,
        _ time: Int64
    ) {
        if isFirst {
            unsafe record.pointee.firstSynchronizeTime = time
        } else {
            unsafe record.pointee.secondSynchronizeTime = time
        }
    }

    /// A SYN without ACK waits for its answer.
    private static func isOpening(_ marks: FlowSide.Marks) -> Bool {
        marks.contains([.synchronized, .synchronizing]) && !marks.contains(.server)
    }

    /// The same SYN again, or as a SYN-ACK where both ends opened at once: from now on an answer names no copy, unless its timestamp
    /// does.
    private func repeatSynchronize(_ view: PacketView, _ sender: inout FlowSide) {
        sender.marks.insert(.synchronizedTwice)
        let isLater =
            view.hasTimestamps
            && (!sender.marks.contains(.timestamp)
                || Int32(bitPattern: view.timestampValue &- sender.lastTimestamp) > 0)
        if !isLater { sender.marks.insert(.sharedTimestamp) }
    }

    /// A new connection over the same pair of ends: what is in flight of the old one will not be answered.
    private mutating func restart(
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        record: UnsafeMutablePointer<FlowRecord>
    ) {
        unsafe record.pointee.initialRoundTrip = 0
        forget(&sender)
        forget(&other)
    }

    private mutating func forget(_ side: inout FlowSide) {
        side.segments.release(&pool)
        parts.releaseTimestamps(side.timestampBlock, &pool)
        side.marks = []
        side.duplicateAcknowledgements = 0
        side.identification = 0
        side.lastAcknowledgement = 0
    }

    /// The first packet with an acknowledgement that answers the SYN or SYN-ACK of `other`.
    @inline(never)
    mutating func answerSynchronize(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        record: UnsafeMutablePointer<FlowRecord>,
        time: Int64
    ) {
        let beyond = Int32(bitPattern: view.acknowledgement &- other.initialSequence)
        guard beyond > 0 else { return }
        // What acknowledges more answers a later packet; with a SYN it acknowledges data on the SYN (RFC 7413), or what nobody sent
        // (RFC 9293 §3.10.7.3).
        let isDataOnSynchronize =
            view.isSynchronize && other.marks.contains(.sequence)
            && Int32(bitPattern: other.nextSequence &- view.acknowledgement) >= 0
        if beyond > 1, view.isSynchronize, !isDataOnSynchronize { return }
        other.marks.remove(.synchronizing)
        guard beyond == 1 || isDataOnSynchronize else { return }
        if other.marks.contains(.synchronizedTwice) {
            // A server repeats its SYN-ACK with the echo of the SYN that it got first, so that an older copy is named by an answer to
            // a later one too; the last copy is named by its own answer alone.
            guard view.hasTimestamps, !other.marks.contains(.sharedTimestamp), view.timestampEcho == other.lastTimestamp
            else {
                parts.releaseTimestamps(other.timestampBlock, &pool)
                return
            }
            other.marks.remove(.synchronizedTwice)
        }
        let roundTrip = unsafe time &- Self.synchronizeTime(record, ofFirst: !record.pointee.key.isFirst(view))
        guard roundTrip >= 0 else {
            totals.negativeRoundTrips &+= 1
            return
        }
        parts.details.change(&other.detailBlock) { $0.handshake = roundTrip }
        emit(other.marks.contains(.server) ? .handshakeClient : .handshakeServer, roundTrip, view, time: time)
    }

    /// The first ACK without SYN: it ends the handshake that `sender` began.
    @inline(never)
    mutating func finishHandshake(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        record: UnsafeMutablePointer<FlowRecord>,
        time: Int64
    ) {
        let isAnswer = sender.marks.contains(.server)
        let openerMarks = isAnswer ? other.marks : sender.marks
        guard openerMarks.contains(.synchronized), !openerMarks.contains(.server), !openerMarks.contains(.timed) else {
            return
        }
        let isFirst = unsafe record.pointee.key.isFirst(view) != isAnswer
        let roundTrip = unsafe time &- Self.synchronizeTime(record, ofFirst: isFirst)
        guard roundTrip >= 0 else { return }
        unsafe record.pointee.initialRoundTrip = roundTrip
        // A coarse clock gives 0, which reads as not known yet.
        if isAnswer { other.marks.insert(.timed) } else { sender.marks.insert(.timed) }
        guard sender.marks.contains(.synchronized), !sender.marks.contains(.server), !view.isReset,
            !sender.marks.contains(.synchronizedTwice), !other.marks.contains(.synchronizedTwice),
            !other.marks.contains(.synchronized) || view.acknowledgement == other.initialSequence &+ 1
        else { return }
        parts.details.change(&sender.detailBlock) { $0.wholeHandshake = roundTrip }
        emit(.handshake, roundTrip, view, time: time)
    }
}
