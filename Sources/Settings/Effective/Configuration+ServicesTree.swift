import Model

/// The parts of the tree that may hold secrets.
extension Configuration {
    static func tree(_ account: StorageAccount) -> EffectiveNode {
        let via = account.via.map { EffectiveNode.mapping([($0.name, .value($0.expected.rawValue))]) }
        return .mapping([
            ("account", .text(account.account)),
            ("services", .texts(account.services.map(\.rawValue))),
            ("suffix", .text(account.suffix)),
            ("expect", .value(account.expect.rawValue)),
            ("via", .list(via, identity: nil)),
            ("link", .optional(account.link)),
            ("interval", .value(account.interval.text)),
            ("endpoint", account.endpoint.map { .url($0) } ?? .null),
            ("ca_file", .optional(account.caFile)),
            ("allow_list", .optional(account.allowList)),
        ])
    }

    static func tree(_ proxy: Proxy) -> EffectiveNode {
        .mapping([
            ("name", .text(proxy.name)),
            ("url", .url(proxy.url)),
            ("ca_file", .optional(proxy.caFile)),
            ("interval", .value(proxy.interval.text)),
            ("auth", proxy.authentication.map(tree) ?? .null),
            ("check", proxy.check.map { .url($0) } ?? .null),
            ("must_deny", .list(proxy.mustDeny.map { .url($0) }, identity: nil)),
            ("allow_list", .optional(proxy.allowList)),
            ("sticky", proxy.sticky.map(tree) ?? .null),
            ("access_log", .optional(proxy.accessLog)),
        ])
    }

    private static func tree(_ sticky: Proxy.Sticky) -> EffectiveNode {
        .mapping([("echo", .url(sticky.echo)), ("requests", .value("\(sticky.requests)"))])
    }

    private static func tree(_ authentication: Proxy.Authentication) -> EffectiveNode {
        .mapping(
            [
                ("schemes", .texts(authentication.schemes.map(\.rawValue))),
                ("username", .text(authentication.username)),
            ] + entries("password", authentication.password)
        )
    }

    static func tree(_ profile: Profile) -> EffectiveNode {
        .mapping([
            ("name", .text(profile.kind.rawValue)),
            ("region", .text(profile.region)),
            ("via", .texts(profile.via)),
            ("hosts", .texts(profile.hosts)),
            ("interval", .value(profile.interval.text)),
        ])
    }

    var alertingTree: EffectiveNode {
        let rules = alerting.rules.sorted { $0.key < $1.key }
        return .mapping([
            ("alertmanagers", .list(alerting.alertmanagers.map(Self.tree), identity: nil)),
            ("webhooks", .list(alerting.webhooks.map(Self.tree), identity: nil)),
            ("ends_after", .value(alerting.endsAfter.text)),
            ("runbooks", alerting.runbooks.map { .url($0) } ?? .value("null")),
            ("rules", .mapping(rules.map { ($0.key, Self.tree($0.value)) })),
            ("dry_run", .value("\(alerting.dryRun)")),
        ])
    }

    private static func tree(_ alertmanager: AlertmanagerSettings) -> EffectiveNode {
        var entries: [(key: String, value: EffectiveNode)] = [("url", .url(alertmanager.url))]
        switch alertmanager.credentials {
        case .basic(let username, let password):
            let basic = [("username", .text(username))] + Self.entries("password", password)
            entries.append(("basic_auth", .mapping(basic)))
        case .bearer(let token):
            entries += Self.entries("bearer_token", token)
        case nil:
            break
        }
        if let caFile = alertmanager.caFile { entries.append(("ca_file", .text(caFile))) }
        return .mapping(entries)
    }

    private static func tree(_ webhook: Webhook) -> EffectiveNode {
        var entries: [(key: String, value: EffectiveNode)]
        switch webhook.address {
        case .url(let url): entries = [("url", .url(url))]
        case .file(let path): entries = [("url_file", .text(path))]
        }
        entries.append(("format", .value(webhook.format.rawValue)))
        return .mapping(entries + Self.entries("routing_key", webhook.routingKey))
    }

    /// `KEY: <secret>` or `KEY_file: PATH`; nothing where there is none.
    private static func entries(_ key: String, _ source: SecretSource?) -> [(key: String, value: EffectiveNode)] {
        switch source {
        case .value(let secret): [(key, .secret(shown: Secret.placeholder, secret))]
        case .file(let path): [(key + "_file", .text(path))]
        case nil: []
        }
    }

    private static func tree(_ rule: AlertRuleOverride) -> EffectiveNode {
        guard !rule.isOff else { return .text("off") }
        var entries: [(key: String, value: EffectiveNode)] = []
        if let holdFor = rule.holdFor { entries.append(("for", .value(holdFor.text))) }
        if let severity = rule.severity { entries.append(("severity", .text(severity.rawValue))) }
        return .mapping(entries)
    }
}
