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
        guard let reader = root.mapping("capture", Schema.capture) else { return }
        let interfaces = reader.items("interfaces")
        configuration.capture.interfaces = interfaces.compactMap { node in
            guard let name = Format<String>.interface.read(node, log) else { return nil }
            if !host.hasInterface(name) {
                log.warning("there is no interface \(quoted(name)) on this host", at: node.mark)
            }
            return name
        }
        configuration.capture.filter = reader.optional("filter", .text)
        let format = Format.integer(1...16_777_216)
        configuration.capture.flows = reader.value("flows", format, default: configuration.capture.flows)
    }
}

extension Format where Value == Int {
    static var flows: Self { integer(1...64) }
}
