import Model
public import TestSupport

/// Round trips of the probes of the primary's edge, by netprobe and by what the wire kept of the same packets.
public struct RoundTrips: Sendable {
    /// Each that netprobe measured, in seconds.
    public let measured: [Double]
    /// How long the wire kept a packet there, and an answer back: in seconds, in ascending order.
    public let keptThere: [Double]
    public let keptBack: [Double]

    /// Reads the metrics more often than there are probes, so that each round trip stands alone.
    public init(of netprobe: RunningNetprobe, over lab: Lab, count wanted: Int) throws {
        let edge = ["path": "kr-er-01/primary", "role": "edge"]
        let start = Clock.now
        let first = try netprobe.metrics()
        var count = first.sum("netprobe_probe_rtt_seconds_count", edge)
        var sum = first.sum("netprobe_probe_rtt_seconds_sum", edge)
        var trips: [Double] = []
        try eventually("\(wanted) round trips", within: .seconds(600), every: .milliseconds(20)) {
            () throws -> Bool? in
            let metrics = try netprobe.metrics()
            let now = metrics.sum("netprobe_probe_rtt_seconds_count", edge)
            let total = metrics.sum("netprobe_probe_rtt_seconds_sum", edge)
            if now == count + 1 { trips.append(total - sum) }
            (count, sum) = (now, total)
            return trips.count >= wanted ? true : nil
        }
        measured = trips
        let ledger = try Ledger(of: lab.wires, since: start)
        func kept(from source: String, to destination: String) -> [Double] {
            ledger.entries.filter {
                $0.wire == "er1" && $0.what == "delay" && $0.protocolNumber == 1 && $0.source == source
                    && $0.destination == destination
            }.map { Double($0.value) / 1e9 }.sorted()
        }
        keptThere = kept(from: "10.9.0.11", to: "172.16.0.2")
        keptBack = kept(from: "172.16.0.2", to: "10.9.0.11")
    }

    /// No round trip can be shorter, however busy the machine is.
    public var leastKept: Double { (keptThere.first ?? .infinity) + (keptBack.first ?? .infinity) }

    public var medianKept: Double { Self.median(keptThere) + Self.median(keptBack) }
    public var median: Double { Self.median(measured.sorted()) }

    private static func median(_ sorted: [Double]) -> Double {
        sorted.isEmpty ? .nan : sorted[(sorted.count - 1) / 2]
    }
}
