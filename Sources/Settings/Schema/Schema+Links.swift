import Document

extension Schema {
    static let link = Section(
        "links[]",
        "What users depend on: this site to one VNet, or to Microsoft's public services. `internet` is a path that "
            + "exists without being declared; it carries microsoft peering only.",
        [
            .init("name", "name", default: nil, "Label `link`; unique."),
            .init(
                "extends",
                "name of a template",
                default: "null",
                "The link starts as that template; what it writes itself wins."
            ),
            .init("peering", "private, microsoft", default: "private", "Only paths that carry it may be in its tiers."),
            .init(
                "tiers",
                "list of lists of paths",
                default: nil,
                "Paths of equal preference together, the preferred tier first; each path once."
            ),
            .init("through", "list of probes", default: "[]", "Asked over the pin of every path."),
            .init("workloads", "list of probes", default: "[]", "What users need, over the host's own route."),
            .init("labels", "mapping of label to text", default: "{}", "Further labels of its alerts."),
            .init("detection", "mapping", default: "{}", "When something counts as lost or restored."),
        ]
    )

    static let detection = Section(
        "links[].detection",
        "When something counts as lost or restored.",
        [
            .init(
                "down_after",
                "whole number, 1 to 1000",
                default: "3",
                "Losses in a row, of every probe that counts."
            ),
            .init("up_after", "whole number, 1 to 10000", default: "10", "Answers in a row."),
            .init("wait_to_restore", "duration, 0s to 168h", default: "60s", "Clean time before restored."),
            .init("degraded_loss", "percentage, 0% to 100%", default: "5%", "Loss over the last minute."),
            .init("degraded_rtt", "mapping", default: "{}", "Latency against its own median."),
            .init(
                "outage_budget",
                "duration, 1ms to 168h",
                default: "75s",
                "How long a failover may take; 200s suits circuits without BFD."
            ),
            .init("failback", "automatic, manual", default: "automatic", "`manual`: nobody waits for a failback."),
            .init("failback_budget", "duration, 1ms to 168h", default: "15m", "How long a failback may take."),
        ]
    )

    static let degradedRTT = Section(
        "links[].detection.degraded_rtt",
        "Latency is degraded when both are exceeded.",
        [
            .init("ratio", "number, 1 to 1000", default: "2.0", "Times its own median."),
            .init("floor", "duration, 0s to 168h", default: "5ms", "Smallest excess that counts."),
        ]
    )

    static let probe = Section(
        "links[].workloads[]",
        "A probe: a target alone, or this mapping. The same for `through`, `edge` and `references`. A target is a "
            + "metric label, so nothing secret belongs into it.",
        [
            .init("target", "target", default: nil, "`SCHEME://HOST[:PORT]`; a bare host means `icmp://`."),
            .init("interval", "duration, 10ms to 24h", default: "defaults.interval", "Between two probes."),
            .init("timeout", "duration, 1ms to 10m", default: "defaults.timeout", "After which a probe is lost."),
            .init(
                "trace",
                "duration, 1s to 24h",
                default: "null",
                "Period of the hop trace, which also finds the path MTU; null: none. It has four flows, and comes at once in an "
                    + "incident of its link."
            ),
            .init("expect", "text, or a list of texts", default: "[]", "What the answer must be."),
            .init("ca_file", "path of a file", default: "null", "Authorities that sign its certificate."),
            .init(
                "cert_file",
                "path of a file",
                default: "null",
                "Certificate to show, for https and tls; with `key_file`."
            ),
            .init("key_file", "path of a file", default: "null", "Its key."),
            .init(
                "flows",
                "whole number, 1 to 64",
                default: "defaults.flows for tcp, udp and stamp workloads, else 1",
                "Parallel source ports; more than 1 only for tcp, udp and stamp."
            ),
        ]
    )

    static let freeProbe = Section(
        "probes[]",
        "A target outside any link: a target alone, or this mapping. One flow unless written.",
        probe.keys.map { key in
            var key = key
            if key.name == "flows" { key.fallback = "1" }
            return key
        } + [.init("via", "name of a proxy", default: "null", "The way to go; null: directly.")]
    )

    static let linkTable = Section(
        "links_from",
        "Links from a table: each row of a CSV file (RFC 4180, the first row names the parameters), or each object of a "
            + "JSON list, fills in the template. An empty field counts as absent.",
        [
            .init("file", "path of a file", default: nil, "Ends in `.csv` or `.json`."),
            .init("template", "name of a template", default: nil, "What each row extends."),
        ]
    )
}
