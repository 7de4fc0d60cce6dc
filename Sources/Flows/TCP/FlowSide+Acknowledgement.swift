internal import Wire

/// Stamps of one side, and what the packets of the other side make of them. All sequence numbers are compared modulo
/// 2^32 (RFC 9293 §3.4), timestamps too (RFC 7323 §5.2).
extension FlowSide {
    /// No round trip.
    static let none = Int64.min

    /// Stamps a segment that moves `nextSequence`.
    /// - Returns: false when the ring is full.
    @inline(__always)
    mutating func stampSegment(
        start: UInt32,
        end: UInt32,
        time: Int64,
        mayGrow: Bool,
        _ pool: inout StampPool
    ) -> Bool {
        segments.append(Stamp(time: time, key: end, start: start), &pool, mayGrow: mayGrow)
    }

    /// Takes a segment below `nextSequence`: what it sends again is marked, since an ACK of it names no copy (Karn's rule);
    /// where it sends nothing again but fills a hole, it is stamped.
    ///
    /// What lies before it, and what lies behind it, is passed over without a look at each.
    mutating func takeRepetition(start: UInt32, end: UInt32, time: Int64, mayGrow: Bool, _ pool: inout StampPool) {
        let first = stamps(upTo: start, pool)
        var place = first
        var overlapping = first &- 1
        while place < Int(segments.count), place &- overlapping <= Self.overlapDepth {
            let stamp = segments.stamp(place, pool)
            if Int32(bitPattern: end &- stamp.start) > 0 {
                segments.replace(place, stamp.repeated(at: time), pool)
                overlapping = place
            }
            place &+= 1
        }
        guard overlapping < first, !marks.contains(.skipped), Int(segments.count) &- first < Self.deepestHole else {
            return
        }
        _ = segments.insert(Stamp(time: time, key: end, start: start), at: first, &pool, mayGrow: mayGrow)
    }

    /// Segments may overlap, so that their starts are not quite in order: so far behind one it is looked for another.
    private static var overlapDepth: Int { 16 }

    /// How many stamps, which lie in the order of their ends, end at `number` or before.
    private mutating func stamps(upTo number: UInt32, _ pool: borrowing StampPool) -> Int {
        var (low, high) = (0, Int(segments.count))
        while low < high {
            let middle = (low &+ high) / 2
            if Int32(bitPattern: segments.stamp(middle, pool).key &- number) > 0 {
                high = middle
            } else {
                low = middle &+ 1
            }
        }
        return low
    }

    /// Marks the stamps that a segment sends again in part.
    mutating func spoil(start: UInt32, end: UInt32, time: Int64, _ pool: borrowing StampPool) {
        var index = Int(segments.count) &- 1
        while index >= 0 {
            let stamp = segments.stamp(index, pool)
            guard Int32(bitPattern: stamp.key &- start) > 0 else { return }
            segments.replace(index, stamp.repeated(at: time), pool)
            index &-= 1
        }
    }

    /// Segments behind a hole that may move for the one that fills it.
    private static var deepestHole: Int { 512 }

    /// Takes an acknowledgement from the other side: it answers the newest of the packets that it covers.
    /// - Returns: the round trip of that packet where the acknowledgement ends exactly at its end and nothing covered was
    ///   sent twice; else `none`.
    @inline(__always)
    mutating func takeAcknowledgement(_ number: UInt32, time: Int64, _ pool: borrowing StampPool) -> Int64 {
        var sent = Self.none
        var newest = Self.none
        var isExact = false
        var answered = 0
        while answered < Int(segments.count) {
            let stamp = segments.stamp(answered, pool)
            let ahead = Int32(bitPattern: stamp.key &- number)
            if ahead > 0 {
                // So far ahead that the numbers wrapped while nobody acknowledged: worthless.
                guard ahead > 1 << 30 else { break }
            }
            newest = max(newest, stamp.lastTime)
            sent = stamp.time
            isExact = ahead == 0
            answered &+= 1
        }
        segments.removeFirst(answered)
        guard isExact, sent == newest else { return Self.none }
        return time &- sent
    }

    /// Takes the right edge of the first SACK block: it answers the segment that ends there, unless that was sent twice or was
    /// answered before; the block grows to the left too. What lies below the acknowledgement tells of a copy (RFC 2883).
    /// - Returns: its round trip; else `none`.
    mutating func takeSelectiveAcknowledgement(
        _ right: UInt32,
        after acknowledged: UInt32,
        time: Int64,
        _ pool: borrowing StampPool
    ) -> Int64 {
        guard Int32(bitPattern: right &- acknowledged) > 0 else { return Self.none }
        let place = stamps(upTo: right, pool) &- 1
        guard place >= 0 else { return Self.none }
        let stamp = segments.stamp(place, pool)
        guard stamp.key == right, !stamp.isAmbiguous else { return Self.none }
        // No later acknowledgement answers it once more.
        segments.replace(place, stamp.repeated(at: stamp.time), pool)
        return time &- stamp.time
    }

    /// Stamps a segment that was acknowledged before it was sent again: the ACK that speaks of it answers this copy alone.
    /// - Parameter value: its timestamp; 0 without.
    mutating func stampRepeated(end: UInt32, value: UInt32, time: Int64, _ parts: inout SideParts) {
        let isPending = marks.contains(.hasRepeated) && parts.details[detailBlock].repeated.key == end
        marks.insert(.hasRepeated)
        let stamp = Stamp(time: time, key: end, start: value)
        parts.details.change(&detailBlock) { $0.repeated = isPending ? stamp.repeated(at: time) : stamp }
    }

    /// - Returns: the round trip of a segment sent again, where this ACK answers it; else `none`.
    mutating func takeRepeated(_ view: PacketView, time: Int64, _ parts: borrowing SideParts) -> Int64 {
        let repeated = parts.details[detailBlock].repeated
        let ahead = Int32(bitPattern: repeated.key &- view.acknowledgement)
        guard ahead <= 0 else { return Self.none }
        let isPureRepetition = ahead == 0 && view.payloadLength == 0
        if isPureRepetition, !Self.speaks(view, of: repeated) { return Self.none }
        marks.remove(.hasRepeated)
        let sent = repeated.time
        return isPureRepetition && sent >= 0 ? time &- sent : Self.none
    }

    /// An ACK of the same number may have been on its way when the copy left: it was sent for a segment behind a hole, which SACK
    /// shows, or for an older copy, which the echo shows. A D-SACK names what it is about (RFC 2883 §4).
    private static func speaks(_ view: PacketView, of repeated: Stamp) -> Bool {
        if view.sackBlocks > 0 { return view.sackRight == repeated.key }
        return !view.hasTimestamps || repeated.start == 0 || view.timestampEcho == repeated.start
    }
}
