internal import Wire

/// The segment that most segments are: it starts where the last one of its side ended, and bears an acknowledgement and no other
/// flag that matters. Of such a segment most questions are answered before they are asked, so that it has a path of its own; a test
/// holds that against the path of all segments.
extension FlowEngine {
    /// Whether the segment is one.
    @inline(__always)
    static func isNext(_ view: inout PacketView, _ sender: inout FlowSide, _ other: inout FlowSide) -> Bool {
        // Of SYN, FIN, RST and ACK the last one alone.
        view.flags.rawValue & 0x17 == 0x10
            && sender.marks.intersection([.sequence, .acknowledgement, .keptAlive]) == [.sequence, .acknowledgement]
            && other.marks.isDisjoint(with: [.synchronizing, .hasRepeated, .keptAlive, .closedWindow])
            && view.sequence == sender.nextSequence
            && view.sackBlocks == 0
            && view.payloadLength < 1 << 24
            && !view.isFirstFragment
    }

    /// Takes a segment for which `isNext` holds.
    @inline(__always)
    mutating func nextSegment(
        _ view: inout PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        record: UnsafeMutablePointer<FlowRecord>,
        time: Int64,
        wireLength: Int
    ) {
        sender.bytes &+= UInt64(truncatingIfNeeded: wireLength)
        sender.packets &+= 1
        if view.payloadLength == 0 {
            guard !sender.isMirrored(&view, &other, time: time, parts) else {
                parts.details.change(&sender.detailBlock) { $0.counters.mirrored &+= 1 }
                return
            }
            if view.acknowledgement == sender.lastAcknowledgement, view.window == sender.window, view.window != 0 {
                sender.duplicateAcknowledgements &+= 1
                parts.details.change(&sender.detailBlock) { $0.counters.duplicateAcknowledgements &+= 1 }
            } else {
                sender.duplicateAcknowledgements = 0
            }
            if view.hasTimestamps { sender.rememberTimestamp(view.timestampValue) }
        } else {
            sender.payloadBytes &+= UInt64(view.payloadLength)
            sender.duplicateAcknowledgements = 0
            stampNext(&view, &sender, mayGrow: other.packets > 0, time: time)
        }
        if unsafe record.pointee.initialRoundTrip == 0 {
            unsafe finishHandshake(view, &sender, &other, record: record, time: time)
        }
        if other.segments.count > 0 { answerSegments(&view, &other, time: time) }
        if view.hasTimestamps, awaitsEcho(other.timestampBlock) {
            answerTimestamps(&view, other.timestampBlock, time: time)
        }
        sender.lastTime = time
        sender.lastSequence = view.sequence
        sender.lastShape = FlowSide.shape(view)
        sender.identification = UInt16(truncatingIfNeeded: view.identification)
        sender.window = view.window
        if view.window == 0 { closeWindow(of: &sender) }
        sender.lastAcknowledgement = view.acknowledgement
    }

    /// Stamps the next data of a side.
    @inline(__always)
    private mutating func stampNext(_ view: inout PacketView, _ sender: inout FlowSide, mayGrow: Bool, time: Int64) {
        let end = view.sequence &+ view.payloadLength
        if !sender.stampSegment(start: view.sequence, end: end, time: time, mayGrow: mayGrow, &pool) {
            sender.marks.insert(.skipped)
            totals.skippedStamps &+= 1
        }
        if view.hasTimestamps { stampTimestamp(&view, &sender, mayGrow: mayGrow, time: time) }
        sender.nextSequence = end
        sender.advanceTime = time
    }

    /// What the acknowledgement answers of the segments that wait.
    @inline(__always)
    private mutating func answerSegments(_ view: inout PacketView, _ other: inout FlowSide, time: Int64) {
        let acknowledged = other.takeAcknowledgement(view.acknowledgement, time: time, pool)
        if acknowledged != FlowSide.none { answered(acknowledged, &other, view, time: time) }
    }

    /// A window of zero: what the other side sends next may be a probe of it.
    mutating func closeWindow(of side: inout FlowSide) {
        parts.details.change(&side.detailBlock) { $0.counters.zeroWindows &+= 1 }
        side.marks.insert(.closedWindow)
    }
}
