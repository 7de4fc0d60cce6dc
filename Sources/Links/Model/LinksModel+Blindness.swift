public import Model

/// Times in which this host saw nothing or was cut off: no outage, and no second is counted twice.
extension LinksModel {
    /// Beyond it the oldest are forgotten.
    private static let mostBlindTimes = 256

    /// Nothing was seen between the two moments: what was lost then was lost by this host.
    mutating func hide(from: MonotonicTime, to end: MonotonicTime, _ changes: inout [LinksChange]) {
        guard end > from else { return }
        note(blindFrom: from, to: end, &changes)
        for stream in streams.indices { streams[stream].health.hide(until: end) }
    }

    /// Adds a time to those that were hidden, and tells every link how much of it is new.
    mutating func note(blindFrom from: MonotonicTime, to end: MonotonicTime, _ changes: inout [LinksChange]) {
        let fresh = hold(BlindTime(from: from, to: end))
        guard fresh > .zero else { return }
        for link in links { changes.append(.blind(link: link.spec.name, fresh)) }
    }

    /// Adds a time to those that were hidden.
    /// - Returns: how much of it is new.
    @discardableResult
    mutating func hold(_ time: BlindTime) -> Duration {
        guard time.to > time.from else { return .zero }
        let known = Self.covered(blindTimes, from: time.from, to: time.to)
        var whole = time
        blindTimes.removeAll { other in
            guard other.from <= time.to, other.to >= time.from else { return false }
            whole = BlindTime(from: min(whole.from, other.from), to: max(whole.to, other.to))
            return true
        }
        blindTimes.append(whole)
        blindTimes.sort { $0.from < $1.from }
        if blindTimes.count > Self.mostBlindTimes { blindTimes.removeFirst() }
        return time.to - time.from - known
    }

    /// What was hidden since a moment, an isolation that lasts included; none overlaps another.
    public func blindTimes(since start: MonotonicTime) -> [BlindTime] {
        var copy = self
        if let isolationStart { copy.hold(BlindTime(from: isolationStart, to: now)) }
        return copy.blindTimes.compactMap { time in
            time.to > start ? BlindTime(from: max(time.from, start), to: time.to) : nil
        }
    }

    /// How much of a time was hidden, an isolation that lasts included.
    func blindTime(from start: MonotonicTime, to end: MonotonicTime) -> Duration {
        let known = Self.covered(blindTimes, from: start, to: end)
        guard let isolationStart else { return known }
        let from = max(start, isolationStart)
        guard end > from else { return known }
        return known + (end - from) - Self.covered(blindTimes, from: from, to: end)
    }

    /// - Parameter times: none overlaps another.
    private static func covered(
        _ times: [BlindTime],
        from start: MonotonicTime,
        to end: MonotonicTime
    ) -> Duration {
        times.reduce(.zero) { sum, blind in
            let overlap = min(end, blind.to) - max(start, blind.from)
            return overlap > .zero ? sum + overlap : sum
        }
    }
}
