import Document
import Model
import Wire

/// The tree of the whole configuration, every default spelled out, in the order of the documentation.
extension Configuration {
    var tree: EffectiveNode {
        .mapping([
            ("schema", .value("1")),
            ("site", siteTree),
            ("server", serverTree),
            ("state_directory", .text(stateDirectory)),
            ("defaults", defaultsTree),
            ("circuits", .mapping(circuits.map { ($0.name, Self.tree($0)) })),
            ("vpns", .mapping(vpns.map { ($0.name, Self.tree($0)) })),
            ("internet", internetTree),
            ("links", .list(links.map(Self.tree), identity: "name")),
            ("maintenance", .list(maintenance.map(Self.tree), identity: nil)),
            ("storage", .list(storage.map(Self.tree), identity: "account")),
            ("proxies", .list(proxies.map(Self.tree), identity: "name")),
            ("profiles", .list(profiles.map(Self.tree), identity: nil)),
            (
                "capture",
                .mapping([
                    ("interfaces", .texts(capture.interfaces)),
                    ("filter", .optional(capture.filter)),
                    ("flows", .value("\(capture.flows)")),
                ])
            ),
            ("probes", .list(probes.map(Self.tree), identity: "target")),
            ("host_checks", .mapping([("interval", .value(hostChecks.interval.text))])),
            ("plan", .optional(plan)),
            ("alerting", alertingTree),
        ])
    }

    private var internetTree: EffectiveNode {
        .mapping([("pin", Self.tree(internet.pin)), ("edge", .list(internet.edge.map(Self.tree), identity: "target"))])
    }

    private var siteTree: EffectiveNode {
        .mapping([
            ("name", .text(site.name)),
            ("vantage", .text(site.vantage)),
            ("references", .list(site.references.map(Self.tree), identity: "target")),
        ])
    }

    private var serverTree: EffectiveNode {
        .mapping([
            ("listen", .text(server.listen.description)),
            ("web_config", .optional(server.webConfig)),
            ("modules", .optional(server.modules)),
            (
                "probe_targets",
                .mapping([
                    ("allow", .texts(server.probeAllow.map(\.description))),
                    ("deny", .texts(server.probeDeny.map(\.description))),
                ])
            ),
        ])
    }

    private var defaultsTree: EffectiveNode {
        .mapping([
            ("interval", .value(defaults.interval.text)),
            ("timeout", .value(defaults.timeout.text)),
            ("flows", .value("\(defaults.flows)")),
            ("resolver", .optional(defaults.resolver?.description)),
        ])
    }

    private static func tree(_ circuit: Circuit) -> EffectiveNode {
        .mapping([
            ("provider", .optional(circuit.provider)),
            ("peering", .value(circuit.peering.rawValue)),
            ("primary", tree(circuit.primary)),
            ("secondary", tree(circuit.secondary)),
            ("bfd", .text(circuit.bfd.rawValue)),
        ])
    }

    private static func tree(_ leg: Circuit.Leg) -> EffectiveNode {
        .mapping([
            ("subnet", .text(leg.subnet.description)),
            ("pin", tree(leg.pin)),
            ("edge", .list(leg.edge.map(tree), identity: "target")),
        ])
    }

    private static func tree(_ vpn: VPN) -> EffectiveNode {
        .mapping([
            ("gateways", .texts(vpn.gateways)),
            ("pin", tree(vpn.pin)),
            ("edge", .list(vpn.edge.map(tree), identity: "target")),
            ("ike", .text(vpn.ike.rawValue)),
        ])
    }

    private static func tree(_ pin: Pin) -> EffectiveNode {
        guard pin != .none else { return .null }
        var entries: [(key: String, value: EffectiveNode)] = []
        if let source = pin.source { entries.append(("source", .text(source.description))) }
        if let interface = pin.interface { entries.append(("interface", .text(interface))) }
        if let mark = pin.mark { entries.append(("mark", .value("0x\(String(mark, radix: 16))"))) }
        if let dscp = pin.dscp { entries.append(("dscp", .value("\(dscp)"))) }
        if let nextHop = pin.nextHop { entries.append(("next_hop", .text(nextHop.description))) }
        return .mapping(entries + [("returns", .value("\(pin.returns)"))])
    }

    private static func tree(_ link: LinkSpec) -> EffectiveNode {
        let labels = link.labels.sorted { $0.key < $1.key }
        return .mapping([
            ("name", .text(link.name)),
            ("peering", .value(link.peering.rawValue)),
            ("tiers", .list(link.tiers.map { .texts($0.map(\.rawValue)) }, identity: nil)),
            ("through", .list(link.through.map(tree), identity: "target")),
            ("workloads", .list(link.workloads.map(tree), identity: "target")),
            ("labels", .mapping(labels.map { ($0.key, .text($0.value)) })),
            ("detection", tree(link.detection)),
        ])
    }

    private static func tree(_ detection: Detection) -> EffectiveNode {
        .mapping([
            ("down_after", .value("\(detection.downAfter)")),
            ("up_after", .value("\(detection.upAfter)")),
            ("wait_to_restore", .value(detection.waitToRestore.text)),
            ("degraded_loss", .value(NumberText.percentage(detection.degradedLoss))),
            (
                "degraded_rtt",
                .mapping([
                    ("ratio", .value(NumberText.decimal(detection.degradedRTTRatio))),
                    ("floor", .value(detection.degradedRTTFloor.text)),
                ])
            ),
            ("outage_budget", .value(detection.outageBudget.text)),
            ("failback", .value(detection.failback.rawValue)),
            ("failback_budget", .value(detection.failbackBudget.text)),
        ])
    }

    private static func entries(_ probe: ProbeSpec) -> [(key: String, value: EffectiveNode)] {
        var entries: [(key: String, value: EffectiveNode)] = [
            ("target", .text(probe.target.description)),
            ("interval", .value(probe.interval.text)),
            ("timeout", .value(probe.timeout.text)),
        ]
        if let trace = probe.trace { entries.append(("trace", .value(trace.text))) }
        if !probe.expect.isEmpty { entries.append(("expect", .texts(probe.expect))) }
        if let caFile = probe.caFile { entries.append(("ca_file", .text(caFile))) }
        if let file = probe.certificateFile { entries.append(("cert_file", .text(file))) }
        if let file = probe.keyFile { entries.append(("key_file", .text(file))) }
        return entries + [("flows", .value("\(probe.flows)"))]
    }

    private static func tree(_ probe: ProbeSpec) -> EffectiveNode { .mapping(entries(probe)) }

    private static func tree(_ probe: FreeProbe) -> EffectiveNode {
        .mapping(entries(probe.spec) + (probe.via.map { [("via", .text($0))] } ?? []))
    }

    private static func tree(_ window: MaintenanceWindow) -> EffectiveNode {
        let object = [
            ("circuit", window.circuit), ("connection", window.connection?.rawValue), ("vpn", window.vpn),
            ("link", window.link),
        ]
        let written = object.compactMap { key, name in name.map { (key, EffectiveNode.text($0)) } }
        return .mapping(
            written + [
                ("from", .value(Timestamp.text(nanoseconds: window.from.nanoseconds))),
                ("to", .value(Timestamp.text(nanoseconds: window.to.nanoseconds))),
                ("ticket", .optional(window.ticket.isEmpty ? nil : window.ticket)),
            ]
        )
    }
}

/// Numbers in the shortest decimal form, which the readers take back unchanged.
enum NumberText {
    /// At most nine digits behind the point, no exponent.
    static func decimal(_ value: Double) -> String {
        let scaled = Int64((value * 1e9).rounded())
        var digits = String(scaled % 1_000_000_000 + 1_000_000_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(scaled / 1_000_000_000)" + (digits.isEmpty ? "" : ".\(digits)")
    }

    static func percentage(_ ratio: Double) -> String { decimal(ratio * 100) + "%" }
}
