extension Catalogue {
    /// docs/metrics.md: every metric with its type, unit and labels.
    public static var document: String {
        let sections: [(title: String, text: String, definitions: [MetricDefinition])] = [
            (
                "Probes",
                "One set of series for each link, path, role and target; all flows of a target share it. `role` is one of "
                    + "`edge through workload reference target`, `module` the scheme of the target. Workloads, references "
                    + "and free targets have `path=\"\"`, what belongs to no link has `link=\"\"`. Loss over five minutes: "
                    + "`1 - rate(netprobe_probe_received_total[5m]) / rate(netprobe_probe_sent_total[5m])`.",
                probes
            ),
            ("Paths", "", paths), ("Traces", "", traces), ("Links", "", links), ("Gateways", "", gateways),
            (
                "Capture",
                "Of each captured interface, by path; docs/passive-latency.md says what counts and whose packet is whose.",
                captures
            ),
            ("Storage", "", storage),
            (
                "Endpoints",
                "`use` is a profile, or `must_deny` for what a proxy must refuse; `via` is `direct` or a proxy.",
                endpoints
            ),
            ("Proxies", "", proxies),
            ("Alerts", "", alerts), ("Program", "", program), ("Process", "", process),
        ]
        var text = """
            # Metrics

            What `/metrics` shows. This page is generated from the code; a test keeps both equal.
            Counters start at 0 with the configuration. A gauge that is absent says that nothing is known.
            Histograms show classic buckets in the text formats and native buckets (schema 3) in protobuf.

            """
        for section in sections {
            text += "\n## \(section.title)\n\n"
            if !section.text.isEmpty { text += section.text + "\n\n" }
            text += "| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n"
            for definition in section.definitions { text += definition.documentRow }
        }
        return text
    }
}

extension MetricDefinition {
    fileprivate var documentRow: String {
        let type =
            switch type {
            case .counter, .histogram, .gauge: type.rawValue
            case .info: "info"
            case .stateSet: "gauge"
            }
        let labels = labels.enumerated().map { index, label in
            let isState = !states.isEmpty && index == self.labels.count - 1
            return isState ? "`\(label)` (\(states.map { "`\($0)`" }.joined(separator: " ")))" : "`\(label)`"
        }
        var meaning = help.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
        if !bounds.isEmpty {
            meaning += " Buckets: \(bounds.map { bucketText($0) }.joined(separator: " "))."
        }
        return "| `\(name)` | \(type) | \(unit) | \(labels.joined(separator: ", ")) | \(meaning) |\n"
    }

    private func bucketText(_ nanoseconds: Int64) -> String {
        var text: [UInt8] = []
        text.append(number: Double(nanoseconds) / 1e9)
        return String(decoding: text, as: UTF8.self)
    }
}
