internal import Flows

/// The metrics of each flow, host or path shown.
extension CaptureReport {
    /// One direction of a group, and its labels.
    private struct Line {
        var direction: FlowDirection
        var labels: [(String, String)]
    }

    func flows(_ source: [(String, String)], _ text: inout MetricText) {
        let labelled = zip(groups, groupLabels).map { ($0, source + $1) }
        text.family("netprobe_capture_flow_packets", "gauge", "Packets of each flow, host or path shown.")
        for (group, labels) in labelled {
            text.sample("netprobe_capture_flow_packets", labels, Double(group.packets))
        }
        let lines = labelled.flatMap { group, labels in
            [("to_server", group.toServer), ("to_client", group.toClient)].map { name, direction in
                Line(direction: direction, labels: labels + [("direction", name)])
            }
        }
        text.family(
            "netprobe_capture_flow_rtt_seconds",
            "gauge",
            "Median and 99th percentile of each one's round trips."
        )
        for line in lines {
            let trips = line.direction.usual
            guard trips.statistics.count > 0 else { continue }
            for (name, quantile) in [("p50", 0.5), ("p99", 0.99)] {
                let seconds = Double(trips.quantile(quantile)) / 1e9
                text.sample("netprobe_capture_flow_rtt_seconds", line.labels + [("statistic", name)], seconds)
            }
        }
        findings(of: lines, &text)
        sessions(lines, &text)
    }

    private func findings(of lines: [Line], _ text: inout MetricText) {
        guard lines.contains(where: { $0.direction.counters != FlowCounters() }) else { return }
        text.family("netprobe_capture_flow_findings", "gauge", "What happened to the packets of each.")
        for line in lines {
            for (name, value) in line.direction.counters.named where value > 0 {
                text.sample("netprobe_capture_flow_findings", line.labels + [("kind", name)], Double(value))
            }
        }
    }

    private func sessions(_ lines: [Line], _ text: inout MetricText) {
        let lines = lines.filter { $0.direction.control.messages > 0 }
        guard !lines.isEmpty else { return }
        func family(_ name: String, _ help: String, _ value: (ControlMessages) -> Double) {
            text.family(name, "gauge", help)
            for line in lines { text.sample(name, line.labels, value(line.direction.control)) }
        }
        family("netprobe_capture_session_messages", "Messages of BFD and BGP sessions.") { Double($0.messages) }
        family("netprobe_capture_session_alarms", "Changes of the BFD state, BGP notifications.") { Double($0.alarms) }
        family(
            "netprobe_capture_session_state",
            "The last BFD state (RFC 5880), or the code of the last BGP notification."
        ) {
            Double($0.state)
        }
        family("netprobe_capture_session_longest_gap_seconds", "The longest silence between two messages.") {
            Double($0.longestGap) / 1e9
        }
    }

    /// Flows with the same ends, as in two VLANs or by two ICMP identifiers, are numbered from the second on.
    private var groupLabels: [[(String, String)]] {
        var seen: [String: Int] = [:]
        return groups.map { group in
            var labels = [
                ("protocol", group.protocolName ?? ""), ("client", group.client?.description ?? ""),
                ("server", group.server.description),
            ]
            if let spi = group.securityParameters { labels.append(("spi", "0x" + String(spi, radix: 16))) }
            let key = labels.map(\.1).joined(separator: " ")
            seen[key, default: 0] += 1
            if let number = seen[key], number > 1 { labels.append(("flow", String(number))) }
            return labels
        }
    }
}
