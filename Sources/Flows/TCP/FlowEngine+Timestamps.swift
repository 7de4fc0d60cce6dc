internal import Wire

/// Timestamp values that wait for their echo (RFC 7323).
extension FlowEngine {
    /// Stamps the value of a segment that will be answered.
    @inline(__always)
    mutating func stampTimestamp(_ view: inout PacketView, _ sender: inout FlowSide, mayGrow: Bool, time: Int64) {
        guard sender.isNewTimestamp(view.timestampValue) else { return }
        let stamp = Stamp(time: time, key: view.timestampValue, start: 0)
        let isKept = parts.timestamps.change(&sender.timestampBlock) {
            $0.waiting.append(stamp, &pool, mayGrow: mayGrow)
        }
        if !isKept { totals.skippedStamps &+= 1 }
    }

    /// Whether values of a side wait, by its block.
    @inline(__always)
    func awaitsEcho(_ block: UInt32) -> Bool { unsafe parts.timestamps.place(block).pointee.waiting.count > 0 }

    /// What the echo answers of the values of the other side, in its block.
    @inline(never)
    mutating func answerTimestamps(_ view: inout PacketView, _ block: UInt32, time: Int64) {
        let place = unsafe parts.timestamps.place(block)
        let roundTrip = unsafe place.pointee.takeEcho(view.timestampEcho, time: time, pool)
        guard roundTrip != FlowSide.none else { return }
        guard roundTrip >= 0 else { return totals.negativeRoundTrips &+= 1 }
        unsafe parts.quantiles.add(roundTrip, to: &place.pointee.echoed, &place.pointee.quantiles)
        emit(.timestamp, roundTrip, view, time: time)
    }
}

extension FlowSide {
    /// Whether a value was not seen before and its echo will say which packet it answers.
    ///
    /// Only packets that will be answered at once are stamped: a pure ACK is echoed whenever the other side has something
    /// to say. Where the SYN was not seen, the first value may be older than its packet, so the next one is awaited.
    @inline(__always)
    fileprivate mutating func isNewTimestamp(_ value: UInt32) -> Bool {
        guard marks.contains(.timestamp) else {
            marks.insert(.timestamp)
            lastTimestamp = value
            return marks.contains(.synchronized)
        }
        guard Int32(bitPattern: value &- lastTimestamp) > 0 else { return false }
        lastTimestamp = value
        return true
    }

    /// A value on a packet that is no question: its echo may answer this packet, so that no later one can be stamped by it.
    @inline(__always)
    mutating func rememberTimestamp(_ value: UInt32) {
        guard !marks.contains(.timestamp) || Int32(bitPattern: value &- lastTimestamp) > 0 else { return }
        marks.insert(.timestamp)
        lastTimestamp = value
    }
}

extension SideTimestamps {
    /// Takes a timestamp echo from the other side.
    /// - Returns: the round trip since the first packet with that value, once; else `FlowSide.none`.
    @inline(__always)
    fileprivate mutating func takeEcho(_ value: UInt32, time: Int64, _ pool: borrowing StampPool) -> Int64 {
        var result = FlowSide.none
        var answered = 0
        while answered < Int(waiting.count) {
            let stamp = waiting.stamp(answered, pool)
            let ahead = Int32(bitPattern: stamp.key &- value)
            if ahead > 0 { break }
            if ahead == 0 { result = time &- stamp.time }
            answered &+= 1
        }
        waiting.removeFirst(answered)
        return result
    }
}
