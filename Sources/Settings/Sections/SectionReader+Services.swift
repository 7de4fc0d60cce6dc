import Document
import Model

extension SectionReader {
    mutating func readProxies(_ root: MappingReader) {
        var seen: [String: Mark] = [:]
        configuration.proxies = root.items("proxies").compactMap { node in
            guard let reader = MappingReader(node, Schema.proxy, log) else { return nil }
            let name = reader.required("name", .name)
            if let name { checkUnique(name, "proxy", at: reader.mark(of: "name"), in: &seen) }
            if name == StorageAccount.direct {
                log.error("'direct' means no proxy", at: reader.mark(of: "name"), allowed: "another name")
            }
            let url = reader.required("url", .url(variables, display: .whole, schemes: ["http", "https"]))
            let authentication = authentication(reader)
            let check = reader.optional("check", .url(variables, display: .whole))
            let mustDeny = reader.value("must_deny", .list(of: .url(variables, display: .whole)), default: [])
            let allowList = readableFile("allow_list", reader)
            let accessLog = readableFile("access_log", reader)
            let caFile = readableFile("ca_file", reader)
            let sticky = sticky(reader)
            let interval = reader.value("interval", .duration(.seconds(1)...(.seconds(86_400))), default: .seconds(30))
            guard let name, let url else { return nil }
            if url.redacted.contains(Secret.placeholder + "@") {
                let allowed = "auth with username and password_file"
                log.warning("a password in the URL of a proxy", at: reader.mark(of: "url"), allowed: allowed)
            }
            var proxy = Proxy(name: name, url: url)
            proxy.authentication = authentication
            proxy.check = check
            proxy.mustDeny = mustDeny
            proxy.allowList = allowList
            proxy.accessLog = accessLog
            proxy.caFile = caFile
            proxy.sticky = sticky
            proxy.interval = interval
            return proxy
        }
    }

    private func sticky(_ proxy: MappingReader) -> Proxy.Sticky? {
        guard let reader = proxy.mapping("sticky", Schema.proxySticky) else { return nil }
        let echo = reader.required("echo", .url(variables, display: .whole))
        let requests = reader.value("requests", .integer(2...1000), default: 10)
        return echo.map { echo in
            var sticky = Proxy.Sticky(echo: echo)
            sticky.requests = requests
            return sticky
        }
    }

    private func authentication(_ proxy: MappingReader) -> Proxy.Authentication? {
        guard let reader = proxy.mapping("auth", Schema.proxyAuthentication) else { return nil }
        let schemes = uniqueChoices("schemes", reader, default: Proxy.Scheme.allCases, what: "scheme")
        let username = reader.required("username", .text)
        let password = secret("password", reader)
        return username.map { Proxy.Authentication(schemes: schemes, username: $0, password: password) }
    }

    /// A list of names of an enumeration, not empty, each once.
    private func uniqueChoices<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String,
        _ reader: MappingReader,
        default fallback: [Choice],
        what: String
    ) -> [Choice] {
        guard reader.node(key) != nil else { return fallback }
        var seen: [String: Mark] = [:]
        let items = reader.items(key)
        for item in items {
            if let text = item.text { checkUnique(text, what, at: item.mark, in: &seen) }
        }
        return reader.value(key, .list(of: .choice, nonEmpty: true), default: fallback)
    }

    mutating func readStorage(_ root: MappingReader) {
        var seen: [String: Mark] = [:]
        configuration.storage = root.items("storage").compactMap { node in
            guard let reader = MappingReader(node, Schema.storage, log) else { return nil }
            let name = reader.required("account", .account)
            if let name { checkUnique(name, "account", at: reader.mark(of: "account"), in: &seen) }
            var account = StorageAccount(account: name ?? "")
            account.services = uniqueChoices("services", reader, default: account.services, what: "service")
            account.suffix = reader.value("suffix", .host, default: account.suffix)
            account.expect = reader.value("expect", .choice, default: account.expect)
            account.via = reader.node("via").map(ways) ?? account.via
            account.link = reader.optional("link", .name)
            if let link = account.link, !declared.links.contains(link) {
                reportUnknown(link, "link", at: reader.mark(of: "link"), known: declared.links)
            }
            let interval = Format.duration(.seconds(1)...(.seconds(86_400)))
            account.interval = reader.value("interval", interval, default: account.interval)
            // Whether it is Azure Storage its certificate says first of all.
            account.endpoint = reader.optional("endpoint", .url(variables, display: .whole, schemes: ["https"]))
            account.caFile = readableFile("ca_file", reader)
            account.allowList = readableFile("allow_list", reader)
            return name == nil ? nil : account
        }
    }

    /// `NAME`, `{NAME: allow}` or `{NAME: deny}`, each name once.
    private func ways(_ node: Node) -> [StorageAccount.Via] {
        let form = "a list of direct or proxies, each alone or as {NAME: allow} or {NAME: deny}"
        guard let items = node.items, !items.isEmpty else {
            let found = node.items == nil ? "expected a list, found \(node.kind)" : "the list is empty"
            log.error(found, at: node.mark, allowed: form)
            return []
        }
        var seen: [String: Mark] = [:]
        return items.compactMap { item in
            if let name = item.text {
                checkWay(name, at: item.mark, &seen)
                return StorageAccount.Via(name: name, expected: .allow)
            }
            guard let entries = item.entries, entries.count == 1, let entry = entries.first else {
                log.error("expected one name with allow or deny", at: item.mark, allowed: form)
                return nil
            }
            checkWay(entry.key, at: entry.mark, &seen)
            let verdict = Format<StorageAccount.Verdict>.choice.read(entry.value, log)
            return verdict.map { StorageAccount.Via(name: entry.key, expected: $0) }
        }
    }

    private func checkWay(_ name: String, at mark: Mark, _ seen: inout [String: Mark]) {
        checkUnique(name, "way", at: mark, in: &seen)
        guard name != StorageAccount.direct, !declared.proxies.contains(name) else { return }
        reportUnknown(name, "proxy", at: mark, known: [StorageAccount.direct] + declared.proxies)
    }

    mutating func readProfiles(_ root: MappingReader) {
        var seen: [String: Mark] = [:]
        configuration.profiles = root.items("profiles").compactMap { node in
            guard let reader = MappingReader(node, Schema.profile, log) else { return nil }
            let kind: Profile.Kind? = reader.required("name", .choice)
            let region = reader.required("region", .name)
            var via = [StorageAccount.direct]
            if reader.node("via") != nil {
                var ways: [String: Mark] = [:]
                via = reader.value("via", .list(of: .text, nonEmpty: true), default: via)
                for item in reader.items("via") {
                    if let name = item.text { checkWay(name, at: item.mark, &ways) }
                }
            }
            let hosts = reader.value("hosts", .list(of: .host), default: [])
            let interval = reader.value("interval", .duration(.seconds(1)...(.seconds(86_400))), default: .seconds(60))
            guard let kind, let region else { return nil }
            checkUnique("\(kind.rawValue) in \(region)", "profile", at: reader.mark(of: "name"), in: &seen)
            var profile = Profile(kind: kind, region: region, via: via)
            profile.hosts = hosts
            profile.interval = interval
            return profile
        }
    }
}

extension StorageAccount {
    /// The way without a proxy.
    static let direct = "direct"
}
