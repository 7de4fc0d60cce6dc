internal import Model
internal import Wire

extension TraceReport {
    /// Header and one line per hop (RFC 4180, but lines end with LF). Several responders of a hop are divided by blanks; of
    /// several names or numbers of autonomous systems one that is missing is a dash.
    public var csv: String {
        var text =
            "ttl,addresses,names,answer,sent,received,last_ns,best_ns,avg_ns,worst_ns,stddev_ns,jitter_ns,interarrival_jitter_ns,p50_ns,p90_ns,p99_ns,rate_limited,asns,mpls_labels\n"
        for hop in hops {
            let statistics = hop.statistics
            var fields = [
                String(hop.ttl),
                hop.responders.map(\.address.description).joined(separator: " "),
                Self.list(hop.responders.map(\.name)),
                hop.answerWord,
                String(statistics.sent), String(statistics.received),
            ]
            let times = [
                statistics.last, statistics.best, statistics.average, statistics.worst, statistics.deviation,
                statistics.jitter, statistics.interarrivalJitter, statistics.median, statistics.percentile90,
                statistics.percentile99,
            ]
            fields += times.map { $0.map { String($0.nanoseconds) } ?? "" }
            fields.append(hop.isRateLimited ? "true" : "false")
            fields.append(Self.list(hop.responders.map { $0.system.map { String($0.number) } }))
            fields.append(hop.labels.map { String($0.label) }.joined(separator: " "))
            text += fields.map(Self.quoted).joined(separator: ",") + "\n"
        }
        return text
    }

    /// Nothing where all are missing.
    private static func list(_ fields: [String?]) -> String {
        fields.contains { $0 != nil } ? fields.map { $0 ?? "-" }.joined(separator: " ") : ""
    }

    private static func quoted(_ field: String) -> String {
        let needsQuotes = field.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
        guard needsQuotes else { return field }
        return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
