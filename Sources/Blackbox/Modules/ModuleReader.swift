public import Document
internal import Model

/// Reads the modules of a blackbox_exporter configuration, as strictly as it does: an unknown key is a mistake. Pure.
public enum ModuleReader {
    /// - Returns: the modules by name; what is wrong stands in the log with its place.
    public static func read(_ root: Node, _ log: DiagnosticLog) -> [String: ProbeModule] {
        if root.isNull { return [:] }
        guard let reader = MappingReader(root, section("", "modules"), log) else { return [:] }
        var modules: [String: ProbeModule] = [:]
        for entry in reader.entries("modules") {
            guard let module = module(entry.value, log) else { continue }
            modules[entry.key] = module
        }
        return modules
    }

    private static func module(_ node: Node, _ log: DiagnosticLog) -> ProbeModule? {
        // Without a prober: whoever asks for it is told so.
        if node.isNull { return ProbeModule() }
        let keys = section("modules.*", "prober", "timeout", "http", "tcp", "icmp", "dns", "grpc")
        guard let reader = MappingReader(node, keys, log) else { return nil }
        var module = ProbeModule()
        module.prober = reader.value("prober", .goText, default: "")
        module.timeout = reader.optional("timeout", .goDuration)
        module.text = ModuleText.write(node)
        if let reader = reader.mapping("icmp", Self.icmpKeys) { module.icmp = icmp(reader) }
        if let reader = reader.mapping("tcp", Self.tcpKeys) { module.tcp = tcp(reader) }
        if let reader = reader.mapping("http", Self.httpKeys) { module.http = HTTPModuleReader(reader: reader).read() }
        if let reader = reader.mapping("dns", Self.dnsKeys) { module.dns = DNSModuleReader(reader: reader).read() }
        if let reader = reader.mapping("grpc", Self.grpcKeys) { module.grpc = grpc(reader) }
        return module
    }

    /// Keys of a section; what they mean is blackbox_exporter's CONFIGURATION.md.
    static func section(_ name: String, _ keys: String...) -> Section {
        Section(name, "", keys.map { .init($0, "", default: "", "") })
    }

    private static let icmpKeys = section(
        "icmp",
        "preferred_ip_protocol",
        "ip_protocol_fallback",
        "source_ip_address",
        "payload_size",
        "dont_fragment",
        "ttl"
    )
    private static let tcpKeys = section(
        "tcp",
        "preferred_ip_protocol",
        "ip_protocol_fallback",
        "source_ip_address",
        "query_response",
        "tls",
        "tls_config"
    )
    private static let stepKeys = section("query_response", "expect", "send", "starttls")
    private static let httpKeys = section(
        "http",
        "valid_status_codes",
        "valid_http_versions",
        "preferred_ip_protocol",
        "ip_protocol_fallback",
        "skip_resolve_phase_with_proxy",
        "no_follow_redirects",
        "fail_if_ssl",
        "fail_if_not_ssl",
        "method",
        "headers",
        "fail_if_body_matches_regexp",
        "fail_if_body_not_matches_regexp",
        "fail_if_header_matches",
        "fail_if_header_not_matches",
        "body",
        "compression",
        "body_size_limit",
        "basic_auth",
        "authorization",
        "oauth2",
        "bearer_token",
        "bearer_token_file",
        "proxy_url",
        "tls_config",
        "follow_redirects",
        "enable_http2"
    )
    private static let dnsKeys = section(
        "dns",
        "preferred_ip_protocol",
        "ip_protocol_fallback",
        "dns_over_tls",
        "tls_config",
        "source_ip_address",
        "transport_protocol",
        "query_class",
        "query_name",
        "query_type",
        "recursion_desired",
        "valid_rcodes",
        "validate_answer_rrs",
        "validate_authority_rrs",
        "validate_additional_rrs"
    )
    private static let grpcKeys = section(
        "grpc",
        "service",
        "tls",
        "tls_config",
        "ip_protocol_fallback",
        "preferred_ip_protocol"
    )
    private static let tlsKeys = section(
        "tls_config",
        "ca_file",
        "cert_file",
        "key_file",
        "server_name",
        "insecure_skip_verify",
        "min_version",
        "max_version"
    )

    static func addresses(_ reader: MappingReader) -> FamilyPreference {
        let preferred = reader.value("preferred_ip_protocol", .goText, default: "")
        return FamilyPreference(
            prefersIPv6: preferred == "ip6" || preferred.isEmpty,
            fallsBack: reader.value("ip_protocol_fallback", .goBool, default: true)
        )
    }

    static func tlsModule(_ reader: MappingReader) -> TLSModule {
        guard let reader = reader.mapping("tls_config", tlsKeys) else { return TLSModule() }
        var module = TLSModule()
        module.caFile = reader.optional("ca_file", .goText)
        module.certificateFile = reader.optional("cert_file", .goText)
        module.keyFile = reader.optional("key_file", .goText)
        module.serverName = reader.optional("server_name", .goText).flatMap { $0.isEmpty ? nil : $0 }
        module.skipsVerification = reader.value("insecure_skip_verify", .goBool, default: false)
        module.minimumVersion = version("min_version", reader)
        module.maximumVersion = version("max_version", reader)
        if (module.certificateFile == nil) != (module.keyFile == nil) {
            reader.log.error("cert_file and key_file go together", at: reader.mark)
        }
        return module
    }

    private static func version(_ key: String, _ reader: MappingReader) -> String? {
        reader.optional(
            key,
            Format<String>.goText.checked(allowed: "TLS10, TLS11, TLS12, TLS13") { text in
                ["TLS10", "TLS11", "TLS12", "TLS13"].contains(text) ? nil : "\(quoted(text)) is no version of TLS"
            }
        )
    }

    static func source(_ reader: MappingReader) -> String? {
        reader.optional("source_ip_address", .goText).flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func icmp(_ reader: MappingReader) -> ICMPModule {
        var module = ICMPModule()
        module.addresses = addresses(reader)
        module.source = source(reader)
        module.payloadSize = reader.value("payload_size", .integer(0...Int.max), default: 0)
        module.dontFragment = reader.value("dont_fragment", .goBool, default: false)
        module.ttl = UInt8(clamping: reader.value("ttl", .integer(0...255), default: 64))
        return module
    }

    private static func tcp(_ reader: MappingReader) -> TCPModule {
        var module = TCPModule()
        module.addresses = addresses(reader)
        module.source = source(reader)
        module.usesTLS = reader.value("tls", .goBool, default: false)
        module.tls = tlsModule(reader)
        module.steps = reader.items("query_response").compactMap { node in
            guard let reader = MappingReader(node, stepKeys, reader.log) else { return nil }
            return TCPModule.Step(
                expect: reader.optional("expect", .expression),
                send: reader.value("send", .goText, default: ""),
                startsTLS: reader.value("starttls", .goBool, default: false)
            )
        }
        return module
    }

    private static func grpc(_ reader: MappingReader) -> GRPCModule {
        var module = GRPCModule()
        module.addresses = addresses(reader)
        module.service = reader.value("service", .goText, default: "")
        module.usesTLS = reader.value("tls", .goBool, default: false)
        module.tls = tlsModule(reader)
        return module
    }
}
