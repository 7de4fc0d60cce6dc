import Model
import TestSupport
import Testing

/// `http` modules with `oauth2` beside prometheus-blackbox-exporter.
@Suite("/probe asks for tokens as blackbox_exporter does", .serialized, .onOwnThread)
struct BlackboxOAuthTests {
    private func module(
        _ name: String,
        _ url: String,
        keys: String = "",
        http: String = "",
        secret: String = "client_secret: '\(TokenServer.secret)'"
    ) -> String {
        let oauth = "oauth2: {client_id: a b, \(secret), token_url: '\(url)'\(keys)}"
        return "\(name): {prober: http, timeout: 5s, http: {\(oauth)\(http)}}"
    }

    /// Each name is that of a path.
    private func modules(_ names: [String], of server: TokenServer) -> String {
        names.map { module($0, "http://127.0.0.1:\(server.port)/\($0)") }.joined(separator: "\n")
    }

    @Test("both send the same requests, and say the same of what comes of them")
    func requests() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try TokenServer()
        let base = "http://127.0.0.1:\(server.port)"
        let good = ["token", "form", "parameters", "stays", "gets"]
        let bad = ["empty", "rubbish", "refused"]
        let wide = ", scopes: [read, write all], endpoint_params: {audience: 'https://x/?y', client_id: c}"
        let further = [
            module("wide", "\(base)/parameters", keys: wide),
            module("granted", "\(base)/token", keys: ", endpoint_params: {grant_type: odd}"),
            module("user", "http://u:p@127.0.0.1:\(server.port)/user"),
            module("headed", "\(base)/token", http: ", headers: {Authorization: mine, X: y}"),
        ]
        let all = ([modules(good + bad, of: server)] + further).joined(separator: "\n")
        try BlackboxPair.with(all, in: folder) { pair in
            for name in good + bad + ["wide", "granted", "user", "headed"] {
                // At the second time both know how the server takes credentials.
                for _ in 0..<2 {
                    let metrics = try pair.same("target=127.0.0.1:\(server.port)/service&module=\(name)")
                    #expect(metrics.value("probe_success") == (bad.contains(name) ? 0 : 1), "\(name)")
                    let asked = server.takeRequests()
                    let (theirs, ours) = (asked.prefix(asked.count / 2), asked.suffix(asked.count / 2))
                    #expect(asked.count >= 4 && Array(theirs) == Array(ours), "\(name)")
                }
            }
            try pair.same("target=127.0.0.1:\(server.port)/moved&module=token")
        }
    }

    @Test("without a token the probe fails, and the service is not asked")
    func failures() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try TokenServer()
        let base = "http://127.0.0.1:\(server.port)"
        let secret = try folder.write("secret", "\(TokenServer.secret)\n")
        let cases: [(name: String, module: String, reason: String?)] = [
            ("file", module("file", "\(base)/token", secret: "client_secret_file: \(secret)"), nil),
            ("no_file", module("no_file", "\(base)/token", secret: "client_secret_file: /nowhere"), "internal"),
            ("wrong", module("wrong", "\(base)/token", secret: "client_secret: hunter9"), "http_status"),
            ("ssl", module("ssl", "\(base)/refused", http: ", fail_if_not_ssl: true"), "http_status"),
            ("none", module("none", "http://127.0.0.1:\(try TCP.freePort())/"), "refused"),
            ("no_url", module("no_url", "no url"), "internal"),
            ("scope", module("scope", "\(base)/token", keys: ", scopes: [a], endpoint_params: {scope: b}"), "internal"),
            ("no_ca", module("no_ca", "https://127.0.0.1:1/", keys: ", tls_config: {ca_file: /nowhere}"), "internal"),
            ("rubbish", module("rubbish", "\(base)/rubbish"), "http_body"),
        ]
        try BlackboxPair.with(cases.map(\.module).joined(separator: "\n"), in: folder) { pair in
            for (name, _, reason) in cases {
                let query = "target=127.0.0.1:\(server.port)/service&module=\(name)"
                #expect(try pair.same(query).value("probe_success") == (reason == nil ? 1 : 0), "\(name)")
                #expect(server.takeRequests().count { $0.contains("/service") } == (reason == nil ? 2 : 0), "\(name)")
                guard let reason else { continue }
                let log = try pair.netprobe.get("/probe?\(query)&debug=true").body
                #expect(log.contains("oauth2: cannot fetch token: ") && log.contains("reason=\(reason)"), "\(log)")
            }
            let refused = try pair.netprobe.get("/probe?target=127.0.0.1&module=wrong&debug=true").body
            #expect(refused.contains("the status is 401 (invalid_client)"))
        }
    }

    @Test("a token comes by TLS and by a proxy as the module says")
    func ways() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try TokenServer()
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(
            in: folder,
            certificate: try authority.issue("web", for: "DNS:a.test"),
            locations: #"location / { default_type application/json; return 200 '{"access_token": "ticket"}'; }"#
        )
        defer { web.stop() }
        let url = "https://127.0.0.1:\(web.port)/"
        let ca = "ca_file: '\(authority.certificate)'"
        let modules = [
            module("named", url, keys: ", tls_config: {\(ca), server_name: a.test}"),
            module("other_name", url, keys: ", tls_config: {\(ca)}"),
            module("unknown", url, keys: ", tls_config: {server_name: a.test}"),
            module("any", url, keys: ", tls_config: {insecure_skip_verify: true}"),
            module("proxied", "http://token.test/token", keys: ", proxy_url: 'http://127.0.0.1:\(server.port)'"),
        ]
        try BlackboxPair.with(modules.joined(separator: "\n"), in: folder) { pair in
            for (name, isGood) in [
                ("named", 1.0), ("other_name", 0), ("unknown", 0), ("any", 1), ("proxied", 1),
            ] {
                let metrics = try pair.same("target=127.0.0.1:\(server.port)/service&module=\(name)")
                #expect(metrics.value("probe_success") == isGood, "\(name)")
            }
        }
    }

    @Test("a silent or endless server keeps no probe, no secret is told, and nobody is sent to metadata")
    func hostile() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try TokenServer()
        let names = ["silent", "huge", "secret", "refused"]
        let all = [
            modules(names, of: server), module("metadata", "http://169.254.169.254/token"),
            module(
                "proxied",
                "http://169.254.169.254/token",
                keys: ", proxy_url: 'http://u:hunter4@127.0.0.1:\(server.port)'"
            ),
        ]
        try BlackboxPair.with(all.joined(separator: "\n"), in: folder) { pair in
            func ask(_ name: String) throws -> String {
                let path = "/probe?target=127.0.0.1:\(server.port)/service&module=\(name)&debug=true"
                return try pair.netprobe.get(path, headers: ["X-Prometheus-Scrape-Timeout-Seconds": "1.5"]).body
            }
            let silent = try ask("silent")
            #expect(silent.contains("reason=timeout"), "\(silent)")
            // One second is left of what the scraper waits; the module alone would wait five.
            #expect((Exposition(silent).value("probe_duration_seconds") ?? 9) < 4)
            #expect(try ask("huge").contains("the answer has more than 64 KiB"))
            for name in ["metadata", "proxied"] { #expect(try ask(name).contains("reason=permission"), "\(name)") }
            let pages = try (names + ["metadata", "proxied"]).map { try ask($0) } + [pair.netprobe.log]
            for page in pages { #expect(!page.contains("hunter"), "\(page)") }
            #expect(!server.takeRequests().contains { $0.contains("/service") || $0.contains("169.254") })
        }
    }
}
