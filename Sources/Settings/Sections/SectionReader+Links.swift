import Document
import Model

extension SectionReader {
    mutating func readLinks(_ root: MappingReader) {
        var seen: [String: Mark] = [:]
        let pins = pins
        configuration.links = root.items("links").compactMap { node in
            guard let reader = MappingReader(node, Schema.link, log) else { return nil }
            if let name = reader.node("name")?.text {
                checkUnique(name, "link", at: reader.mark(of: "name"), in: &seen)
            }
            return link(reader, pins)
        }
    }

    private func link(_ reader: MappingReader, _ pins: [PathID: Pin]) -> LinkSpec? {
        let name = reader.required("name", .name)
        let written: Peering? = reader.optional("peering", .choice)
        let peering = written ?? .private
        let check = TierCheck(declared: declared, log: log)
        let tiers = check.tiers(reader, peering: reader.node("peering") == nil ? peering : written)
        let link = LinkSpec(
            name: name ?? "",
            peering: peering,
            tiers: tiers,
            through: probes("through", reader, isWorkload: false),
            workloads: probes("workloads", reader, isWorkload: true),
            labels: labels(reader),
            detection: detection(reader)
        )
        checkFamilies("through", reader, over: link.paths.compactMap { id in pins[id].map { (id, $0) } })
        warn(about: link, reader)
        return name == nil || tiers.isEmpty ? nil : link
    }

    private func warn(about link: LinkSpec, _ reader: MappingReader) {
        let place = reader.mark(of: "name")
        let subject = link.name.isEmpty ? "the link" : "link \(quoted(link.name))"
        if link.workloads.isEmpty, reader.items("workloads").isEmpty {
            let message = "\(subject) has no workloads"
            log.warning("\(message): neither its outages nor its active path can be seen", at: place)
        }
        if link.paths.contains(.internet), link.paths.count > 1, configuration.internet.pin == .none {
            let message = "internet has no pin (internet: {pin: …})"
            log.warning("\(message): \(subject) cannot test it while its traffic goes elsewhere", at: place)
        }
        guard link.through.isEmpty, reader.items("through").isEmpty, !link.tiers.isEmpty else { return }
        let blind = link.paths.filter { path in
            path == .internet && configuration.internet.edge.isEmpty
                || configuration.vpns.contains { $0.name == path.rawValue && $0.edge.isEmpty }
        }
        let message = "\(subject) has no through probes"
        if blind.count == link.paths.count {
            let names = blind.map(\.rawValue).joined(separator: ", ")
            log.warning("\(message), and nothing else proves \(names): unknown while so", at: place)
        } else {
            log.warning("\(message): the edge alone decides whether its paths are up", at: place)
        }
    }

    private func labels(_ reader: MappingReader) -> [String: String] {
        var result: [String: String] = [:]
        for entry in reader.entries("labels") {
            if !Names.isLabel(entry.key) {
                let allowed = "letters, digits and '_', no digit first, no '__' first"
                log.error("\(quoted(entry.key)) is no label", at: entry.mark, allowed: allowed)
            } else if Self.ownLabels.contains(entry.key) {
                let allowed = "a name other than \(Self.ownLabels.sorted().joined(separator: ", "))"
                log.error("netprobe sets the label \(quoted(entry.key)) itself", at: entry.mark, allowed: allowed)
            } else if let text = Format<String>.text.read(entry.value, log) {
                result[entry.key] = text
            }
        }
        return result
    }

    /// Labels of alerts (contract §7) and of their metrics.
    private static let ownLabels: Set<String> = [
        "alertname", "severity", "site", "vantage", "link", "path", "circuit", "connection", "peering", "target",
        "proxy", "ticket",
    ]

    private func detection(_ link: MappingReader) -> Detection {
        var result = Detection()
        guard let reader = link.mapping("detection", Schema.detection) else { return result }
        result.downAfter = reader.value("down_after", .integer(1...1_000), default: result.downAfter)
        result.upAfter = reader.value("up_after", .integer(1...10_000), default: result.upAfter)
        result.waitToRestore = reader.value("wait_to_restore", .hold, default: result.waitToRestore)
        result.degradedLoss = reader.value("degraded_loss", .percentage, default: result.degradedLoss)
        result.outageBudget = reader.value("outage_budget", .budget, default: result.outageBudget)
        result.failback = reader.value("failback", .choice, default: result.failback)
        result.failbackBudget = reader.value("failback_budget", .budget, default: result.failbackBudget)
        guard let latency = reader.mapping("degraded_rtt", Schema.degradedRTT) else { return result }
        let ratio = Format.number(1...1_000, allowed: "a number from 1 to 1000")
        result.degradedRTTRatio = latency.value("ratio", ratio, default: result.degradedRTTRatio)
        result.degradedRTTFloor = latency.value("floor", .hold, default: result.degradedRTTFloor)
        return result
    }
}
