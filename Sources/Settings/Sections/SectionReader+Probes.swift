import Document
import Model

extension SectionReader {
    /// A list of probes under `key`; the same target twice is an error.
    func probes(_ key: String, _ reader: MappingReader, isWorkload: Bool) -> [ProbeSpec] {
        var seen: [String: Mark] = [:]
        return reader.items(key).compactMap { node in
            guard let spec = probe(node, isWorkload: isWorkload) else { return nil }
            checkUnique(spec.target.description, "target", at: targetMark(node), in: &seen)
            return spec
        }
    }

    /// A target alone, or a mapping.
    func probe(_ node: Node, isWorkload: Bool) -> ProbeSpec? {
        guard node.entries != nil else {
            if node.items != nil || node.isNull {
                let names = Schema.probe.keys.map(\.name).joined(separator: ", ")
                let allowed = "a target such as icmp://10.1.0.4, or a mapping of \(names)"
                log.error("expected a probe, found \(node.kind)", at: node.mark, allowed: allowed)
                return nil
            }
            return Format<Target>.target.read(node, log).map { target in
                warnAboutScheme(target, at: node.mark)
                return defaultSpec(target, isWorkload: isWorkload)
            }
        }
        guard let reader = MappingReader(node, Schema.probe, log) else { return nil }
        return probe(reader, isWorkload: isWorkload)
    }

    private func probe(_ reader: MappingReader, isWorkload: Bool) -> ProbeSpec? {
        let target = reader.required("target", .target)
        if let target { warnAboutScheme(target, at: reader.mark(of: "target")) }
        var spec = defaultSpec(target ?? Target(scheme: .icmp, host: "0.0.0.0"), isWorkload: isWorkload)
        spec.interval = reader.value("interval", .interval, default: spec.interval)
        spec.timeout = reader.value("timeout", .timeout, default: spec.timeout)
        spec.trace = reader.optional("trace", .duration(.seconds(1)...(.seconds(86_400))))
        spec.expect = expectations(reader)
        warnAboutExpectations(spec, reader)
        spec.caFile = readableFile("ca_file", reader)
        readClientCertificate(&spec, reader)
        if let flows = reader.optional("flows", .flows) {
            if flows > 1, target != nil, !spec.target.scheme.hasFlows {
                let allowed = "1, or a target of tcp, udp or stamp"
                let message = "\(spec.target.scheme.rawValue) has no ports to vary"
                log.error(message, at: reader.mark(of: "flows"), allowed: allowed)
            }
            spec.flows = flows
        }
        warnAboutTimeout(spec.timeout, spec.interval, reader)
        return target == nil ? nil : spec
    }

    private func readClientCertificate(_ spec: inout ProbeSpec, _ reader: MappingReader) {
        spec.certificateFile = readableFile("cert_file", reader)
        spec.keyFile = secretFile("key_file", reader)
        let written = spec.certificateFile == nil ? "key_file" : "cert_file"
        if (spec.certificateFile == nil) != (spec.keyFile == nil) {
            log.error("\(written) alone", at: reader.mark(of: written), allowed: "cert_file and key_file together")
        } else if spec.certificateFile != nil, !spec.target.scheme.isSecured {
            let message = "a client certificate does nothing for a target of \(spec.target.scheme.rawValue)://"
            log.warning(message, at: reader.mark(of: written), allowed: "targets of https and tls")
        }
    }

    private func defaultSpec(_ target: Target, isWorkload: Bool) -> ProbeSpec {
        ProbeSpec(
            target: target,
            interval: configuration.defaults.interval,
            timeout: configuration.defaults.timeout,
            flows: isWorkload && target.scheme.hasFlows ? configuration.defaults.flows : 1
        )
    }

    private func expectations(_ reader: MappingReader) -> [String] {
        guard let node = reader.node("expect") else { return [] }
        if node.items == nil, node.entries == nil { return Format<String>.text.read(node, log).map { [$0] } ?? [] }
        return Format<[String]>.list(of: .text).read(node, log) ?? []
    }

    private func warnAboutScheme(_ target: Target, at mark: Mark) {
        guard !target.scheme.hasProbe else { return }
        let allowed = Target.Scheme.allCases.filter(\.hasProbe).map(\.rawValue).joined(separator: ", ")
        log.warning(
            "there is no probe for \(target.scheme.rawValue):// yet: it stays without result",
            at: mark,
            allowed: allowed
        )
    }

    private func warnAboutExpectations(_ spec: ProbeSpec, _ reader: MappingReader) {
        guard !spec.expect.isEmpty, !spec.target.scheme.hasExpectations else { return }
        let message = "expect does nothing for a target of \(spec.target.scheme.rawValue)://"
        log.warning(message, at: reader.mark(of: "expect"), allowed: "targets of http, https and dns")
    }

    /// Said where one of both is written, at the one that is.
    func warnAboutTimeout(_ timeout: Duration, _ interval: Duration, _ reader: MappingReader) {
        guard timeout > interval, let key = ["timeout", "interval"].first(where: { reader.node($0) != nil }) else {
            return
        }
        let message = "the timeout (\(timeout.text)) exceeds the interval (\(interval.text))"
        log.warning("\(message): several probes of a stream are open at once", at: reader.mark(of: key))
    }

    func targetMark(_ node: Node) -> Mark {
        node["target"]?.mark ?? node.mark
    }

    mutating func readFreeProbes(_ root: MappingReader) {
        var seen: [String: Mark] = [:]
        let proxies = declared.proxies
        configuration.probes = root.items("probes").compactMap { node in
            guard node.entries != nil else {
                guard let spec = probe(node, isWorkload: false) else { return nil }
                checkUnique(spec.target.description, "target", at: node.mark, in: &seen)
                return FreeProbe(spec: spec)
            }
            guard let reader = MappingReader(node, Schema.freeProbe, log) else { return nil }
            let spec = probe(reader, isWorkload: false)
            let via = reader.optional("via", .name)
            if let via, !proxies.contains(via) {
                reportUnknown(via, "proxy", at: reader.mark(of: "via"), known: proxies)
            }
            guard let spec else { return nil }
            let way = via.map { " via \($0)" } ?? ""
            checkUnique(spec.target.description + way, "target", at: targetMark(node), in: &seen)
            return FreeProbe(spec: spec, via: via)
        }
    }
}

extension Target.Scheme {
    /// Probes whose source ports make flows.
    var hasFlows: Bool { self == .tcp || self == .udp || self == .stamp }

    /// TLS begins with the connection.
    var isSecured: Bool { self == .https || self == .tls }

    /// An answer can be compared with what `expect` says.
    var hasExpectations: Bool { self == .http || self == .https || self == .dns }
}
