public import Document

/// Every key of the configuration: what readers accept and what docs/configuration.md says.
public enum Schema {
    /// In the order of the documentation.
    public static let all: [Section] = [
        root, site, server, probeTargets, defaults, circuit, leg, pin, vpn, internet, link, detection, degradedRTT,
        probe, linkTable, maintenance, storage, proxy, proxySticky, proxyAuthentication, profile, capture, freeProbe,
        hostChecks, alerting, alertmanager, basicAuthentication, webhook, rule,
    ]

    static let root = Section(
        "",
        "The whole file. Every section is optional; an empty file is valid and probes nothing.",
        [
            .init("schema", "1", default: "1", "Version of this form."),
            .init("site", "mapping", default: "{}", "Where this netprobe stands."),
            .init("server", "mapping", default: "{}", "The HTTP side."),
            .init(
                "state_directory",
                "path of a folder",
                default: "/var/lib/netprobe",
                "Alert state, unsent notifications, open outages, rests of credentials."
            ),
            .init("defaults", "mapping", default: "{}", "What a probe uses where it says nothing itself."),
            .init("circuits", "mapping of NAME to a circuit", default: "{}", "ExpressRoute circuits."),
            .init("vpns", "mapping of NAME to a VPN", default: "{}", "Site-to-site VPNs."),
            .init("internet", "mapping", default: "{}", "The path `internet`, which exists by itself."),
            .init("links", "list of links", default: "[]", "What users depend on."),
            .init(
                "templates",
                "mapping of NAME to a link with `${parameter}`",
                default: "{}",
                "Links to be filled in; see Templates."
            ),
            .init(
                "links_from",
                "mapping, or a list of mappings",
                default: "null",
                "Links from the rows of a CSV or JSON file."
            ),
            .init("include", "list of files", default: "[]", "More files of this form; see Several files."),
            .init("maintenance", "list of windows", default: "[]", "Planned work: alerts become information."),
            .init("storage", "list of accounts", default: "[]", "Storage accounts that must be reachable."),
            .init("proxies", "list of proxies", default: "[]", "HTTP proxies."),
            .init("profiles", "list of profiles", default: "[]", "Ready-made endpoint sets of Azure services."),
            .init("capture", "mapping", default: "{}", "Passive latency."),
            .init("probes", "list of probes", default: "[]", "Targets outside any link."),
            .init("host_checks", "mapping", default: "{}", "How often this host is judged; not acted on yet."),
            .init("plan", "path of a file", default: "null", "A network plan; not acted on yet."),
            .init("alerting", "mapping", default: "{}", "To whom alerts go, and how rules differ."),
        ]
    )

    static let site = Section(
        "site",
        "Where this netprobe stands.",
        [
            .init("name", "name", default: "the host's name", "Label `site` of every alert."),
            .init("vantage", "name", default: "the host's name", "Label `vantage`: this probe host among several."),
            .init(
                "references",
                "list of probes",
                default: "[]",
                "Targets on this side. When none answers, the host is cut off, not Azure."
            ),
        ]
    )

    static let server = Section(
        "server",
        "The HTTP side.",
        [
            .init("listen", "HOST:PORT", default: "127.0.0.1:9719", "Where to listen; IPv6 in brackets."),
            .init(
                "web_config",
                "path of a file",
                default: "null",
                "exporter-toolkit web-config (TLS, users); not acted on yet."
            ),
            .init(
                "modules",
                "path of a file",
                default: "null",
                "blackbox_exporter configuration for `/probe` (docs/blackbox.md)."
            ),
            .init("probe_targets", "mapping", default: "{}", "What `/probe` and `/api/v1/path` may be asked for."),
        ]
    )

    static let probeTargets = Section(
        "server.probe_targets",
        "Limits of `/probe` and `/api/v1/path`; `deny` wins. Addresses of cloud metadata are denied unless `allow` names them.",
        [
            .init("allow", "list of CIDR prefixes", default: "[]", "Allowed addresses; an empty list allows all."),
            .init("deny", "list of CIDR prefixes", default: "[]", "Denied addresses."),
        ]
    )

    static let defaults = Section(
        "defaults",
        "What a probe uses where it says nothing itself.",
        [
            .init("interval", "duration, 10ms to 24h", default: "1s", "Between two probes of one stream."),
            .init("timeout", "duration, 1ms to 10m", default: "800ms", "After which a probe is lost."),
            .init(
                "flows",
                "whole number, 1 to 64",
                default: "8",
                "Source ports of each tcp, udp and stamp workload: one dead link of two must show."
            ),
            .init("resolver", "HOST:PORT", default: "null", "A DNS server; null: the system's."),
        ]
    )

    static let capture = Section(
        "capture",
        "Passive latency.",
        [
            .init("interfaces", "list of interfaces", default: "[]", "Of this host, or of a tap."),
            .init(
                "filter",
                "BPF expression",
                default: "null",
                "pcap-filter(7), anded with what netprobe needs: TCP, ESP, BFD, and what may carry them."
            ),
            .init(
                "flows",
                "whole number, 1 to 16777216",
                default: "65536",
                "Bound of the flow table of each interface."
            ),
        ]
    )

    static let hostChecks = Section(
        "host_checks",
        "Findings about this host, as metrics.",
        [.init("interval", "duration, 1s to 24h", default: "5m", "Between two rounds.")]
    )
}
