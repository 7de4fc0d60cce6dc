import Document
import Model
import Wire

extension SectionReader {
    mutating func readDefaults(_ root: MappingReader) {
        guard let reader = root.mapping("defaults", Schema.defaults) else { return }
        var defaults = ProbeDefaults()
        defaults.interval = reader.value("interval", .interval, default: defaults.interval)
        defaults.timeout = reader.value("timeout", .timeout, default: defaults.timeout)
        defaults.flows = reader.value("flows", .flows, default: defaults.flows)
        defaults.resolver = reader.optional("resolver", .hostPort)
        warnAboutTimeout(defaults.timeout, defaults.interval, reader)
        configuration.defaults = defaults
    }

    mutating func readSite(_ root: MappingReader) {
        guard let reader = root.mapping("site", Schema.site) else { return }
        configuration.site.name = reader.value("name", .name, default: configuration.site.name)
        configuration.site.vantage = reader.value("vantage", .name, default: configuration.site.vantage)
        configuration.site.references = probes("references", reader, isWorkload: false)
    }

    mutating func readServer(_ root: MappingReader) {
        guard let reader = root.mapping("server", Schema.server) else { return }
        configuration.server.listen = reader.value("listen", .hostPort, default: configuration.server.listen)
        configuration.server.webConfig = readableFile("web_config", reader)
        configuration.server.modules = readableFile("modules", reader)
        guard let limits = reader.mapping("probe_targets", Schema.probeTargets) else { return }
        configuration.server.probeAllow = limits.value("allow", .list(of: .subnet), default: [])
        configuration.server.probeDeny = limits.value("deny", .list(of: .subnet), default: [])
    }

    mutating func readCapture(_ root: MappingReader) {
        defer { checkObservers(root) }
        guard let reader = root.mapping("capture", Schema.capture) else { return }
        let interfaces = reader.items("interfaces")
        var seen: [String: Mark] = [:]
        configuration.capture.interfaces = interfaces.compactMap { node in
            guard let name = Format<String>.interface.read(node, log) else { return nil }
            checkUnique(name, "interface", at: node.mark, in: &seen)
            if !host.hasInterface(name) {
                let message = "there is no interface \(quoted(name)) on this host"
                log.warning("\(message): it is captured when it appears", at: node.mark)
            }
            return name
        }
        configuration.capture.filter = reader.optional("filter", .text)
        if let filter = configuration.capture.filter, let mistake = host.mistake(inFilter: filter) {
            let message = "\(quoted(filter)) is no filter: \(mistake)"
            log.error(message, at: reader.mark(of: "filter"), allowed: "an expression of pcap-filter(7)")
        }
        let format = Format.integer(1...16_777_216)
        configuration.capture.flows = reader.value("flows", format, default: configuration.capture.flows)
    }

    /// A session is observed on captured interfaces.
    private func checkObservers(_ root: MappingReader) {
        guard configuration.capture.interfaces.isEmpty else { return }
        for circuit in root.node("circuits")?.entries ?? [] {
            guard let mode = circuit.value["bfd"], mode.text == "observe" else { continue }
            let message = "bfd: observe sees nothing, since no interface is captured"
            log.warning(message, at: mode.mark, allowed: "capture.interfaces: [INTERFACE]")
        }
    }
}

extension Format where Value == Int {
    static var flows: Self { integer(1...64) }
}
