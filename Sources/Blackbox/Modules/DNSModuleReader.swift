internal import Document
internal import Wire

/// Reads the `dns` section of a module.
struct DNSModuleReader {
    let reader: MappingReader

    private static let rules = ModuleReader.section(
        "validate",
        "fail_if_matches_regexp",
        "fail_if_all_match_regexp",
        "fail_if_not_matches_regexp",
        "fail_if_none_matches_regexp"
    )
    private static let classes: [String: UInt16] = ["IN": 1, "CS": 2, "CH": 3, "HS": 4, "NONE": 254, "ANY": 255]

    func read() -> DNSModule {
        var module = DNSModule()
        module.addresses = ModuleReader.addresses(reader)
        module.source = ModuleReader.source(reader)
        module.transport = reader.value("transport_protocol", .goText, default: "udp")
        if module.transport.isEmpty { module.transport = "udp" }
        module.usesTLS = reader.value("dns_over_tls", .goBool, default: false)
        module.tls = ModuleReader.tlsModule(reader)
        module.name = reader.value("query_name", .goText, default: "")
        if module.name.isEmpty {
            reader.log.error("query name must be set for DNS module", at: reader.mark(of: "query_name"))
        }
        if let text = reader.optional("query_class", .goText), !text.isEmpty {
            if let number = Self.classes[text] {
                module.classNumber = number
            } else {
                reader.log.error("query class '\(text)' is not valid", at: reader.mark(of: "query_class"))
            }
        }
        if let text = reader.optional("query_type", .goText), !text.isEmpty {
            if let type = DNSRecordType(text), text == text.uppercased() {
                (module.type, module.typeName) = (type.rawValue, text)
            } else {
                reader.log.error("query type '\(text)' is not valid", at: reader.mark(of: "query_type"))
            }
        }
        module.wantsRecursion = reader.value("recursion_desired", .goBool, default: true)
        module.validCodes = reader.optional("valid_rcodes", .list(of: .goText))
        module.answerRules = recordRules("validate_answer_rrs")
        module.authorityRules = recordRules("validate_authority_rrs")
        module.additionalRules = recordRules("validate_additional_rrs")
        return module
    }

    private func recordRules(_ key: String) -> DNSModule.RecordRules {
        guard let reader = reader.mapping(key, Self.rules) else { return DNSModule.RecordRules() }
        func list(_ key: String) -> [RegularExpression] { reader.value(key, .list(of: .expression), default: []) }
        return DNSModule.RecordRules(
            failIfMatches: list("fail_if_matches_regexp"),
            failIfAllMatch: list("fail_if_all_match_regexp"),
            failIfNotMatches: list("fail_if_not_matches_regexp"),
            failIfNoneMatches: list("fail_if_none_matches_regexp")
        )
    }
}
