internal import Flows
internal import Model

extension CaptureReport {
    /// Metrics in the text format 0.0.4, as for a textfile collector. Times are in seconds.
    public var prometheus: String {
        var text = MetricText()
        let source = [("interface", sources.joined(separator: " "))]
        text.family("netprobe_capture_packets_total", "counter", "Packets analysed.")
        text.sample("netprobe_capture_packets_total", source, Double(totals.packets))
        text.family("netprobe_capture_bytes_total", "counter", "Bytes of these packets on the wire.")
        text.sample("netprobe_capture_bytes_total", source, Double(totals.bytes))
        text.family("netprobe_capture_dropped_total", "counter", "Packets that kernel and adapter dropped.")
        text.sample("netprobe_capture_dropped_total", source, Double(dropped))
        text.family("netprobe_capture_malformed_total", "counter", "Packets with headers that contradict themselves.")
        text.sample("netprobe_capture_malformed_total", source, Double(malformed))
        text.family("netprobe_capture_flows_evicted_total", "counter", "Flows given up for want of room.")
        text.sample("netprobe_capture_flows_evicted_total", source, Double(totals.evictedFlows))
        text.family("netprobe_tcp_retransmitted_segments_total", "counter", "TCP segments sent again.")
        text.sample("netprobe_tcp_retransmitted_segments_total", source, Double(counters.retransmissions))
        histograms(
            "netprobe_tcp_handshake_rtt_seconds",
            "Round trips of TCP handshakes.",
            [.handshakeServer, .handshakeClient, .handshake],
            source,
            &text
        )
        histograms("netprobe_tcp_rtt_seconds", "Round trips of TCP segments.", [.ack, .timestamp], source, &text)
        histograms(
            "netprobe_capture_rtt_seconds",
            "Round trips of requests other than TCP.",
            [.icmp, .dns, .quicSpin, .ike],
            source,
            &text
        )
        findings(source, &text)
        flows(source, &text)
        return text.text
    }

    private func histograms(
        _ name: String,
        _ help: String,
        _ wanted: [SampleMethod],
        _ source: [(String, String)],
        _ text: inout MetricText
    ) {
        text.family(name, "histogram", help)
        for entry in methods where wanted.contains(entry.method) {
            text.histogram(name, source + [("method", entry.method.name)], entry.histogram)
        }
    }

    private func findings(_ source: [(String, String)], _ text: inout MetricText) {
        let found = counters.named.filter { $0.value > 0 }
        guard !found.isEmpty else { return }
        text.family("netprobe_capture_findings_total", "counter", "What happened to packets, of all flows.")
        for (name, value) in found {
            text.sample("netprobe_capture_findings_total", source + [("kind", name)], Double(value))
        }
    }
}

/// Lines of the text format.
struct MetricText {
    var text = ""

    /// Upper bounds of the buckets in nanoseconds.
    private static let bounds: [(label: String, value: Int64)] = [
        ("0.0001", 100_000), ("0.00025", 250_000), ("0.0005", 500_000), ("0.001", 1_000_000), ("0.0025", 2_500_000),
        ("0.005", 5_000_000), ("0.01", 10_000_000), ("0.025", 25_000_000), ("0.05", 50_000_000), ("0.1", 100_000_000),
        ("0.25", 250_000_000), ("0.5", 500_000_000), ("1", 1_000_000_000), ("2.5", 2_500_000_000),
    ]

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0.0)=\"\(ExpositionText.escaped($0.1))\"" }.joined(separator: ",")
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
        text += "\(name){\(list)} \(number)\n"
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: RoundTripHistogram) {
        for bound in Self.bounds {
            sample(name + "_bucket", labels + [("le", bound.label)], Double(histogram.count(upTo: bound.value)))
        }
        let count = Double(histogram.statistics.count)
        sample(name + "_bucket", labels + [("le", "+Inf")], count)
        sample(name + "_sum", labels, Double(histogram.statistics.sum) / 1e9)
        sample(name + "_count", labels, count)
    }
}
