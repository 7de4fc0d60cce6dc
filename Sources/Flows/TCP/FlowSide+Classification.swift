internal import Wire

/// What a segment is, in the words and by the rules of Wireshark's TCP analysis.
enum SegmentClass: UInt8 {
    case new
    case keepAlive
    case spuriousRetransmission
    case fastRetransmission
    case outOfOrder
    case retransmission

    var isRetransmission: Bool {
        self == .retransmission || self == .fastRetransmission || self == .spuriousRetransmission
    }
}

extension FlowSide {
    /// What the other side said, as far as a class depends on it.
    struct Answers {
        let isKnown: Bool
        let acknowledged: UInt32
        let duplicates: UInt16
        /// Nanoseconds since its last packet.
        let silence: Int64

        @inline(__always)
        init(_ side: inout FlowSide, time: Int64) {
            isKnown = side.marks.contains(.acknowledgement)
            acknowledged = side.lastAcknowledgement
            duplicates = side.duplicateAcknowledgements
            silence = time &- side.lastTime
        }
    }

    /// The class of a segment that starts before `next`, the sequence number that its sender would use next.
    /// - Parameters:
    ///   - end: the sequence number behind it.
    ///   - elapsed: nanoseconds since `next` moved.
    @inline(never)
    static func classify(
        _ view: PacketView,
        end: UInt32,
        after next: UInt32,
        since elapsed: Int64,
        other: Answers,
        initialRoundTrip: Int64
    ) -> SegmentClass {
        if view.sequence &+ 1 == next, view.payloadLength <= 1, !view.isControl { return .keepAlive }
        guard end != view.sequence else { return .new }
        if view.payloadLength > 0, other.isKnown, Int32(bitPattern: end &- other.acknowledged) <= 0 {
            return .spuriousRetransmission
        }
        // One byte that was a probe of a window, now sent with what follows it.
        if view.payloadLength > 1, view.sequence &+ 1 == next { return .new }
        if other.duplicates >= 2, other.acknowledged == view.sequence, other.silence < 20_000_000 {
            return .fastRetransmission
        }
        let threshold = initialRoundTrip > 0 ? initialRoundTrip : 3_000_000
        if elapsed < threshold, end != next { return .outOfOrder }
        return .retransmission
    }

    /// A pure ACK that says again what this side said before.
    @inline(__always)
    func isDuplicateAcknowledgement(_ view: PacketView, otherKeptAlive: Bool) -> Bool {
        view.payloadLength == 0 && view.window != 0 && view.window == window && view.sequence == nextSequence
            && view.acknowledgement == lastAcknowledgement && marks.contains([.sequence, .acknowledgement])
            && !view.isControl && !otherKeptAlive
    }

    /// The same packet once more within a millisecond, as a port mirror makes it. A sender that retransmits gives the copy another
    /// identification; where it gives none (IPv6, and the SYN-ACK and resets of Linux), all that is known of the packet must be
    /// alike: no sender says the same again so soon. It changes nothing, yet a side that is only read would be copied for it.
    @inline(__always)
    mutating func isMirrored(
        _ view: inout PacketView,
        _ other: inout FlowSide,
        time: Int64,
        _ parts: borrowing SideParts
    ) -> Bool {
        UInt16(truncatingIfNeeded: view.identification) == identification
            && view.sequence == lastSequence && Self.shape(view) == lastShape
            && (view.acknowledgement == lastAcknowledgement || !view.acknowledges)
            && packets > 0 && FlowEngine.isMirrorDelay(time &- lastTime)
            && (view.identification != 0 || isLast(&view, &other, parts))
    }

    /// Whether window and timestamp are those of the last packet. A pure ACK may be said again at once, for each segment that comes
    /// behind a hole: it is a copy where it selects what the last one did, or where many of the side's packets have copies. No copy
    /// is behind its own answer.
    @inline(never)
    private mutating func isLast(
        _ view: inout PacketView,
        _ other: inout FlowSide,
        _ parts: borrowing SideParts
    ) -> Bool {
        guard view.window == window, !view.hasTimestamps || view.timestampValue == lastTimestamp else { return false }
        if view.payloadLength > 0 || view.isControl {
            let length = view.payloadLength &+ (view.isSynchronize ? 1 : 0)
            let end = view.sequence &+ UInt32(truncatingIfNeeded: length)
            return !other.marks.contains(.acknowledgement) || length == 0
                || Int32(bitPattern: other.lastAcknowledgement &- end) < 0
        }
        return view.sackBlocks > 0 || UInt64(parts.details[detailBlock].counters.mirrored) * 4 >= UInt64(packets)
    }

    /// Payload and flags, and what a duplicate ACK selects, which tells it from the one before.
    @inline(__always)
    static func shape(_ view: PacketView) -> UInt32 {
        let shape = view.payloadLength & 0xFF_FFFF | UInt32(view.flags.rawValue) << 24
        return view.sackBlocks == 0 ? shape : shape ^ selection(view)
    }

    @inline(never)
    private static func selection(_ view: PacketView) -> UInt32 {
        (view.sackLeft &* 0x9E37_79B1 ^ view.sackRight &* 0x85EB_CA77) >> 8
    }
}

extension FlowCounters {
    mutating func count(_ kind: SegmentClass) {
        switch kind {
        case .new: break
        case .keepAlive: keepAlives &+= 1
        case .outOfOrder: outOfOrder &+= 1
        case .retransmission: retransmissions &+= 1
        case .fastRetransmission:
            retransmissions &+= 1
            fastRetransmissions &+= 1
        case .spuriousRetransmission:
            retransmissions &+= 1
            spuriousRetransmissions &+= 1
        }
    }
}
