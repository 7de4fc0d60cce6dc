internal import Document
internal import Model

/// Reads the `http` section of a module.
struct HTTPModuleReader {
    let reader: MappingReader

    private static let ruleKeys = ModuleReader.section("header rule", "header", "regexp", "allow_missing")
    private static let basicKeys = ModuleReader.section("basic_auth", "username", "password", "password_file")
    private static let authorizationKeys = ModuleReader.section(
        "authorization",
        "type",
        "credentials",
        "credentials_file"
    )
    private static let oauthKeys = ModuleReader.section(
        "oauth2",
        "client_id",
        "client_secret",
        "client_secret_file",
        "scopes",
        "token_url",
        "endpoint_params",
        "proxy_url",
        "tls_config"
    )

    func read() -> HTTPModule {
        var module = HTTPModule()
        module.addresses = ModuleReader.addresses(reader)
        module.validStatuses = reader.value("valid_status_codes", .list(of: .integer(0...999)), default: [])
        module.validVersions = reader.value("valid_http_versions", .list(of: .goText), default: [])
        module.method = reader.value("method", .goText, default: "")
        module.headers = reader.entries("headers").compactMap { entry in
            if entry.value.isNull { return HTTPResponse.Field(entry.key, "") }
            return Format<String>.goText.read(entry.value, reader.log).map { HTTPResponse.Field(entry.key, $0) }
        }
        module.body = reader.value("body", .goText, default: "")
        module.bodySizeLimit = reader.value("body_size_limit", .goSize, default: 0)
        module.compression = reader.value("compression", .goText, default: "")
        module.followsRedirects = reader.value("follow_redirects", .goBool, default: true)
        if let stays = reader.optional("no_follow_redirects", .goBool) { module.followsRedirects = !stays }
        module.allowsHTTP2 = reader.value("enable_http2", .goBool, default: true)
        module.failsIfTLS = reader.value("fail_if_ssl", .goBool, default: false)
        module.failsIfNotTLS = reader.value("fail_if_not_ssl", .goBool, default: false)
        module.failIfBodyMatches = expressions("fail_if_body_matches_regexp")
        module.failIfBodyNotMatches = expressions("fail_if_body_not_matches_regexp")
        module.failIfHeaderMatches = headerRules("fail_if_header_matches")
        module.failIfHeaderNotMatches = headerRules("fail_if_header_not_matches")
        module.tls = ModuleReader.tlsModule(reader)
        module.authorization = authorization()
        module.proxyURL = reader.optional("proxy_url", .goText).flatMap { $0.isEmpty ? nil : Secret($0) }
        module.skipsResolvingWithProxy = reader.value("skip_resolve_phase_with_proxy", .goBool, default: false)
        checkCompression(module)
        return module
    }

    private func expressions(_ key: String) -> [RegularExpression] {
        reader.value(key, .list(of: .expression), default: [])
    }

    private func headerRules(_ key: String) -> [HTTPModule.HeaderRule] {
        reader.items(key).compactMap { node in
            guard let rule = MappingReader(node, Self.ruleKeys, reader.log) else { return nil }
            guard let name = rule.optional("header", .goText), !name.isEmpty else {
                reader.log.error("header name must be set for HTTP header matchers", at: node.mark)
                return nil
            }
            guard let expression = rule.optional("regexp", .expression), !expression.text.isEmpty else {
                reader.log.error("regexp must be set for HTTP header matchers", at: node.mark)
                return nil
            }
            let allowsMissing = rule.value("allow_missing", .goBool, default: false)
            return HTTPModule.HeaderRule(name: name, expression: expression, allowsMissing: allowsMissing)
        }
    }

    private func authorization() -> HTTPModule.Authorization? {
        let ways = ["basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file"].filter {
            reader.node($0) != nil
        }
        if ways.count > 1 {
            reader.log.error("\(ways.joined(separator: " and "))", at: reader.mark(of: ways[1]), allowed: "one of them")
        }
        if let basic = reader.mapping("basic_auth", Self.basicKeys) {
            let username = basic.value("username", .goText, default: "")
            return .basic(username: username, password: secret("password", basic))
        }
        if let reader = reader.mapping("authorization", Self.authorizationKeys) {
            let type = reader.value("type", .goText, default: "Bearer")
            if type.lowercased() == "basic" {
                let message = "authorization type cannot be set to \"basic\", use \"basic_auth\" instead"
                reader.log.error(message, at: reader.mark(of: "type"))
            }
            return secret("credentials", reader).map { .credentials(type: type, $0) }
        }
        if let oauth = reader.mapping("oauth2", Self.oauthKeys) { return self.oauth(oauth) }
        return secret("bearer_token", reader).map { .credentials(type: "Bearer", $0) }
    }

    /// Checked as the exporter does it: a `token_url` that is none fails the probes, and not the file.
    private func oauth(_ reader: MappingReader) -> HTTPModule.Authorization {
        var module = OAuth2Module()
        module.clientID = reader.value("client_id", .goText, default: "")
        if module.clientID.isEmpty { reader.log.error("oauth2 client_id must be configured", at: reader.mark) }
        if let secret = secret("client_secret", reader) {
            module.clientSecret = secret
        } else {
            reader.log.error("either oauth2 client_secret or client_secret_file must be configured", at: reader.mark)
        }
        let url = reader.value("token_url", .goText, default: "")
        if url.isEmpty { reader.log.error("oauth2 token_url must be configured", at: reader.mark) }
        module.tokenURL = Secret(url)
        module.scopes = reader.value("scopes", .list(of: .goText), default: [])
        for entry in reader.entries("endpoint_params") {
            let value = entry.value.isNull ? "" : Format<String>.goText.read(entry.value, reader.log)
            module.parameters[entry.key] = value.map { Secret($0) }
        }
        module.tls = ModuleReader.tlsModule(reader)
        module.proxyURL = reader.optional("proxy_url", .goText).flatMap { $0.isEmpty ? nil : Secret($0) }
        return .oauth2(module)
    }

    /// `KEY` or `KEY_file`.
    private func secret(_ key: String, _ reader: MappingReader) -> SecretSource? {
        let file = reader.optional("\(key)_file", .goText).flatMap { $0.isEmpty ? nil : SecretSource.file($0) }
        let value = reader.optional(key, .goText).flatMap { $0.isEmpty ? nil : SecretSource.value(Secret($0)) }
        if file != nil, value != nil {
            reader.log.error("both \(key) and \(key)_file", at: reader.mark(of: key), allowed: "one of them")
        }
        return value ?? file
    }

    private func checkCompression(_ module: HTTPModule) {
        for field in module.headers where field.name.lowercased() == "accept-encoding" {
            guard !AcceptedEncodings.includes(module.compression, field.value) else { continue }
            let message =
                "invalid configuration \"\(field.name): \(field.value)\", \"compression: \(module.compression)\""
            reader.log.error(message, at: reader.mark(of: "headers"))
        }
    }
}

/// Whether an `Accept-Encoding` asks for what a module expects.
enum AcceptedEncodings {
    static func includes(_ encoding: String, _ field: String) -> Bool {
        guard !encoding.isEmpty, !field.isEmpty else { return true }
        let wanted = field.split(separator: ",", omittingEmptySubsequences: false).enumerated().map { place, part in
            let pieces = part.split(separator: ";", omittingEmptySubsequences: false)
            let name = trimmed(pieces.dropLast(pieces.count > 1 ? 1 : 0).joined(separator: ";"))
            guard pieces.count > 1, let last = pieces.last else { return (place, name, 1.0) }
            let quality = trimmed(last)
            let number = Double(quality.hasPrefix("q=") ? String(quality.dropFirst(2)) : quality) ?? 0
            return (place, name, (number * 1000).rounded() / 1000)
        }
        let best = wanted.sorted { $0.2 != $1.2 ? $0.2 > $1.2 : $0.0 < $1.0 }
        return best.first { $0.1 == encoding || $0.1 == "*" }.map { $0.2 > 0 } ?? false
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let front = text.drop { $0 == " " || $0 == "\t" }
        return String(front.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
