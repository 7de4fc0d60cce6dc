/// What came of the sequence numbers of an ESP flow, as a receiver keeps it against replays (RFC 4303 §3.4.3): a bit for each of
/// the last 512 numbers, the highest one first. It lies in the places of the stamps, which such a flow does not need.
extension FlowSide {
    private static var width: Int { 512 }

    /// A jump ahead is loss until the missing numbers come; what lies behind came late or is a copy. Of a jump by more than 2^16 the
    /// first number proves nothing, since anybody can write one: ahead it is loss once a second number has come from there, behind
    /// a new start once so many have that no network can have held them. So does `nextSequence` stand behind the highest number,
    /// `initialSequence` at the first one.
    /// - Returns: how many numbers are missing more than before; -1 for a missing one that came late.
    mutating func takeNumber(_ number: UInt32, _ pool: borrowing StampPool, _ parts: inout SideParts) -> Int32 {
        let ahead = Int32(bitPattern: number &- nextSequence)
        guard marks.contains(.sequence) else {
            begin(at: number, pool)
            return 0
        }
        if ahead > Self.farthest { return takeFar(number, ahead: ahead, pool, &parts) }
        if ahead < -Self.farthest {
            let proof = followed(number, &parts)
            if proof.count >= Self.newStart { begin(at: number, pool) }
            return 0
        }
        guard ahead < 0 else {
            if ahead > 0 { parts.details.change(&detailBlock) { $0.counters.lost &+= UInt32(ahead) } }
            nextSequence = number &+ 1
            shift(by: Int(ahead) &+ 1, pool)
            _ = see(0, pool)
            return ahead
        }
        let place = ~Int(ahead)
        // So far behind no receiver takes it any more, and nobody knows whether it came before.
        guard place < Self.width else { return 0 }
        guard see(place, pool) else {
            parts.details.change(&detailBlock) { $0.counters.mirrored &+= 1 }
            return 0
        }
        parts.details.change(&detailBlock) { $0.counters.late &+= 1 }
        // What precedes the first number was never missed.
        guard Int32(bitPattern: number &- initialSequence) > 0 else { return 0 }
        return parts.details.change(&detailBlock) { details in
            guard details.counters.lost > 0 else { return 0 }
            details.counters.lost &-= 1
            return -1
        }
    }

    private static var farthest: Int32 { 1 << 16 }
    /// Numbers in a row that lie far behind: a new start.
    private static var newStart: Int64 { 64 }

    private mutating func begin(at number: UInt32, _ pool: borrowing StampPool) {
        marks.insert(.sequence)
        initialSequence = number
        nextSequence = number &+ 1
        clear(pool)
        _ = see(0, pool)
    }

    /// The first number from far ahead waits for a second, and then was not lost itself.
    private mutating func takeFar(
        _ number: UInt32,
        ahead: Int32,
        _ pool: borrowing StampPool,
        _ parts: inout SideParts
    ) -> Int32 {
        let proof = followed(number, &parts)
        guard proof.count > 1 else { return 0 }
        parts.details.change(&detailBlock) {
            $0.repeated = Stamp(time: 0, key: 0, start: 0)
            $0.counters.lost &+= UInt32(ahead &- 1)
        }
        nextSequence = number &+ 1
        clear(pool)
        _ = see(0, pool)
        if proof.distance < Self.width { _ = see(proof.distance, pool) }
        return ahead &- 1
    }

    /// How many numbers have come one near the other, this one included, and how far it is from the last. The place of a repeated
    /// segment, which such a flow does not need, holds the last one and their count.
    private mutating func followed(_ number: UInt32, _ parts: inout SideParts) -> (count: Int64, distance: Int) {
        parts.details.change(&detailBlock) { details in
            let last = details.repeated
            let distance = number &- last.key
            let isNear = last.time > 0 && distance > 0 && distance < 1 << 10
            let count = isNear ? last.time &+ 1 : 1
            details.repeated = Stamp(time: count, key: number, start: 0)
            return (count, Int(distance))
        }
    }

    /// Marks the number so far behind the highest.
    /// - Returns: false where it was marked.
    private mutating func see(_ place: Int, _ pool: borrowing StampPool) -> Bool {
        let index = place / 64
        let bit: Int64 = 1 << Int64(place % 64)
        let word = word(index, pool)
        set(index, word | bit, pool)
        return word & bit == 0
    }

    /// Moves the marks, so that the highest number is another one, so many further on.
    private mutating func shift(by count: Int, _ pool: borrowing StampPool) {
        guard count < Self.width else { return clear(pool) }
        let (words, bits) = (count / 64, Int64(count % 64))
        var index = Self.width / 64 &- 1
        while index >= 0 {
            let from = index &- words
            var value: Int64 = 0
            if from >= 0 { value = word(from, pool) << bits }
            if from >= 1, bits > 0 {
                value |= Int64(bitPattern: UInt64(bitPattern: word(from &- 1, pool)) >> UInt64(64 &- bits))
            }
            set(index, value, pool)
            index &-= 1
        }
    }

    private mutating func clear(_ pool: borrowing StampPool) {
        for index in 0..<Self.width / 64 { set(index, 0, pool) }
    }

    /// Each stamp is two words.
    private mutating func word(_ index: Int, _ pool: borrowing StampPool) -> Int64 {
        let stamp = segments.stamp(index / 2, pool)
        guard index % 2 == 1 else { return stamp.time }
        return Int64(bitPattern: UInt64(stamp.key) << 32 | UInt64(stamp.start))
    }

    private mutating func set(_ index: Int, _ value: Int64, _ pool: borrowing StampPool) {
        var stamp = segments.stamp(index / 2, pool)
        if index % 2 == 0 {
            stamp.time = value
        } else {
            let bits = UInt64(bitPattern: value)
            stamp.key = UInt32(truncatingIfNeeded: bits >> 32)
            stamp.start = UInt32(truncatingIfNeeded: bits)
        }
        segments.replace(index / 2, stamp, pool)
    }
}
