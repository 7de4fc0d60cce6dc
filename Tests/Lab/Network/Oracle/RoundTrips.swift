import Model
public import TestSupport

/// Round trips of the probes of the primary's edge, by netprobe and by what the wire kept of the same packets.
public struct RoundTrips: Sendable {
    /// One probe and its answer, in seconds.
    public struct Pair: Sendable {
        public let measured: Double
        /// How long the wire kept the probe there, and its answer back: until it handed each to the kernel, and until the
        /// kernel was done with it.
        public let kept: ClosedRange<Double>

        /// How far it lies outside, less than nothing before.
        public var excess: Double { measured - min(max(measured, kept.lowerBound), kept.upperBound) }
    }

    /// Each that netprobe measured, in the order of time, of which one answer alone can be meant.
    public let pairs: [Pair]

    /// Reads the metrics more often than there are probes, so that each round trip stands alone.
    public init(of netprobe: RunningNetprobe, over lab: Lab, count wanted: Int) throws {
        let edge = ["path": "kr-er-01/primary", "role": "edge"]
        let start = Clock.now
        let first = try netprobe.metrics()
        var count = first.sum("netprobe_probe_rtt_seconds_count", edge)
        var sum = first.sum("netprobe_probe_rtt_seconds_sum", edge)
        var asked = start
        var trips: [(asked: MonotonicTime, seen: MonotonicTime, measured: Double)] = []
        try eventually("\(wanted) round trips", within: .seconds(600), every: .milliseconds(20)) {
            () throws -> Bool? in
            let (before, now) = (asked, Clock.now)
            let metrics = try netprobe.metrics()
            asked = now
            let answers = metrics.sum("netprobe_probe_rtt_seconds_count", edge)
            let total = metrics.sum("netprobe_probe_rtt_seconds_sum", edge)
            let seen = Clock.now
            // Pages further apart than probes, which go every 100 ms, may show several answers together.
            if answers == count + 1, seen - before < .milliseconds(90) { trips.append((before, seen, total - sum)) }
            (count, sum) = (answers, total)
            return trips.count >= wanted ? true : nil
        }
        let kept = Self.kept(in: try Ledger(of: lab.wires, since: start))
        // Netprobe counted one answer between the two pages, and the wire gave back one in that time.
        pairs = trips.compactMap { trip in
            let those = kept.filter { trip.asked < $0.at && $0.at < trip.seen }
            return those.count == 1 ? those.first.map { Pair(measured: trip.measured, kept: $0.time) } : nil
        }
    }

    /// When each answer left the wire, and how long the wire had kept it and its probe: by ICMP's sequence number.
    private static func kept(in ledger: Ledger) -> [(at: MonotonicTime, time: ClosedRange<Double>)] {
        var there: [Int: Ledger.Entry] = [:]
        var kept: [(at: MonotonicTime, time: ClosedRange<Double>)] = []
        for entry in ledger.entries where entry.wire == "er1" && entry.what == "delay" && entry.protocolNumber == 1 {
            if entry.source == "10.9.0.11" && entry.destination == "172.16.0.2" {
                there[entry.sequence] = entry
            } else if entry.source == "172.16.0.2" && entry.destination == "10.9.0.11",
                let probe = there.removeValue(forKey: entry.sequence)
            {
                let least = Double(probe.value + entry.value) / 1e9
                let most = ((probe.at - probe.arrived) + (entry.at - entry.arrived)).seconds
                kept.append((entry.at, least...max(least, most)))
            }
        }
        return kept
    }

    public var measured: [Double] { pairs.map(\.measured) }
    public var medianKept: Double { Self.median(pairs.map(\.kept.upperBound)) }
    /// The median of how far each lies outside of what the wire kept it.
    public var medianExcess: Double { Self.median(pairs.map(\.excess)) }

    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.sorted()[(values.count - 1) / 2]
    }
}
