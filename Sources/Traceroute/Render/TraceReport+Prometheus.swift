internal import Model
internal import Wire

extension TraceReport {
    /// Metrics in the text format 0.0.4, as for a textfile collector. Hops that did not answer have no times.
    public var prometheus: String {
        var text = PrometheusText()
        let target = [("target", self.target), ("address", address.description)]
        let path = identity.path?.rawValue ?? ""
        text.family("netprobe_path_reached", "1 when the target answered.")
        text.sample("netprobe_path_reached", target, distance == nil ? 0 : 1)
        text.family("netprobe_path_status", "Of reached, degraded and unreachable exactly one is 1.")
        for status in TraceVerdict.Status.allCases {
            text.sample(
                "netprobe_path_status",
                target + [("status", status.rawValue)],
                status == verdict.status ? 1 : 0
            )
        }
        text.family("netprobe_path_hops", "Distance of the target in hops; absent while it does not answer.")
        if let distance { text.sample("netprobe_path_hops", target, Double(distance)) }
        text.family("netprobe_path_route_info", "The path's name and the hash of its hops.")
        text.sample("netprobe_path_route_info", target + [("path", path), ("hash", routeHashText)], 1)
        text.family("netprobe_path_probes_sent", "Probes that had to reach the target.")
        text.sample("netprobe_path_probes_sent", target, Double(statistics.sent))
        text.family("netprobe_path_probes_received", "Answers of the target.")
        text.sample("netprobe_path_probes_received", target, Double(statistics.received))
        if statistics.sent > 0, isLossKnown {
            text.family("netprobe_path_loss_ratio", "Loss at the target, from 0 to 1.")
            text.sample("netprobe_path_loss_ratio", target, statistics.loss)
        }
        text.family("netprobe_path_longest_outage_seconds", "Longest run of misses at the target, by their times.")
        text.sample("netprobe_path_longest_outage_seconds", target, longestOutage.seconds)
        text.family("netprobe_path_rtt_seconds", "Round trips to the target.")
        text.times("netprobe_path_rtt_seconds", target, statistics)
        addFlows(&text, target)
        let labels = hops.map { hop in
            target + [("ttl", String(hop.ttl)), ("hop", hop.responders.first?.address.description ?? "")]
        }
        text.family(
            "netprobe_path_hop_info",
            "Who answered at a hop: name, autonomous system, MPLS labels of the latest."
        )
        for hop in hops {
            for responder in hop.responders {
                text.sample("netprobe_path_hop_info", target + hop.identity(responder), 1)
            }
        }
        text.family("netprobe_path_hop_sent", "Probes sent to each hop.")
        for (hop, labels) in zip(hops, labels) {
            text.sample("netprobe_path_hop_sent", labels, Double(hop.statistics.sent))
        }
        text.family(
            "netprobe_path_hop_received",
            "Answers of each hop, under who answered most; routers limit them, so silence is no loss."
        )
        for (hop, labels) in zip(hops, labels) {
            text.sample("netprobe_path_hop_received", labels, Double(hop.statistics.received))
        }
        text.family("netprobe_path_hop_rate_limited", "1 for a hop that answers less than it is asked.")
        for (hop, labels) in zip(hops, labels) {
            text.sample("netprobe_path_hop_rate_limited", labels, hop.isRateLimited ? 1 : 0)
        }
        text.family("netprobe_path_hop_rtt_seconds", "Round trips to each hop.")
        for (hop, labels) in zip(hops, labels) {
            text.times("netprobe_path_hop_rtt_seconds", labels, hop.statistics)
        }
        return text.text
    }
}

extension TraceReport {
    /// What each flow lost, and what the path carries.
    private func addFlows(_ text: inout PrometheusText, _ target: [(String, String)]) {
        text.family("netprobe_path_flow_loss_ratio", "Loss of each flow at the target, from 0 to 1.")
        for flow in flows where flow.statistics.sent > 0 && isLossKnown {
            let labels =
                target + [
                    ("flow", "\(flow.number)"), ("path", flow.path?.rawValue ?? ""), ("hash", flow.routeHashText ?? ""),
                ]
            text.sample("netprobe_path_flow_loss_ratio", labels, flow.statistics.loss)
        }
        guard let bytes = mtu?.bytes else { return }
        text.family("netprobe_path_mtu_bytes", "Largest packet that crosses the path whole.")
        text.sample("netprobe_path_mtu_bytes", target, Double(bytes))
    }
}

extension TraceHop {
    fileprivate func identity(_ responder: Responder) -> [(String, String)] {
        [
            ("ttl", String(ttl)), ("hop", responder.address.description), ("name", responder.name ?? ""),
            ("asn", responder.system.map { String($0.number) } ?? ""), ("as_name", responder.system?.name ?? ""),
            ("mpls_labels", labels.map { String($0.label) }.joined(separator: " ")),
        ]
    }
}

/// Lines of the text format.
private struct PrometheusText {
    var text = ""

    mutating func family(_ name: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0.0)=\"\(ExpositionText.escaped($0.1))\"" }.joined(separator: ",")
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
        text += "\(name){\(list)} \(number)\n"
    }

    mutating func times(_ name: String, _ labels: [(String, String)], _ statistics: HopStatistics) {
        let times = [
            ("last", statistics.last), ("best", statistics.best), ("avg", statistics.average),
            ("worst", statistics.worst), ("stddev", statistics.deviation), ("jitter", statistics.jitter),
            ("interarrival_jitter", statistics.interarrivalJitter), ("p50", statistics.median),
            ("p90", statistics.percentile90), ("p99", statistics.percentile99),
        ]
        for (statistic, time) in times {
            guard let time else { continue }
            sample(name, labels + [("statistic", statistic)], time.seconds)
        }
    }
}
