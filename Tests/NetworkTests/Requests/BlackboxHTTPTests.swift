import Model
import TestSupport
import Testing

/// `/probe` with `http` modules beside prometheus-blackbox-exporter.
@Suite("/probe over HTTP answers what blackbox_exporter answers", .serialized, .onOwnThread)
struct BlackboxHTTPTests {
    /// A server that answers by the path: a status, or what a test wants.
    private func server() throws -> ScriptedServer {
        try ScriptedServer { connection in
            guard let head = connection.receiveHead() else { return }
            let path = head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            func send(_ status: String, _ fields: String = "", _ body: String = "ok") {
                connection.send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
            }
            switch path {
            case "/old": connection.send("HTTP/1.0 200 OK\r\n\r\nuntil the end")
            case "/chunked":
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            case "/date":
                send("200 OK", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n")
            case "/redirect": send("302 Found", "Location: /end\r\n", "")
            case "/loop": send("302 Found", "Location: /loop\r\n", "")
            case "/rubbish": connection.send("SSH-2.0\r\n\r\n")
            case "/short": connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            case "/echo": send(head.contains("POST /echo") && head.contains("X-Name: value") ? "200 OK" : "400 Bad")
            case "/host": send(head.contains("Host: other.test\r\n") ? "200 OK" : "400 Bad")
            case "/user": send(head.contains("Authorization: Basic bWU6aHVudGVyMg==\r\n") ? "200 OK" : "401 Who")
            case "/token": send(head.contains("Authorization: Bearer hunter2\r\n") ? "200 OK" : "401 Who")
            case "/text": send("200 OK", "Content-Type: text/plain\r\n", "Could not connect to database")
            case "/long": send("200 OK", "", String(repeating: "x", count: 129))
            case "/ftp": send("302 Found", "Location: ftp://127.0.0.1/x\r\n", "")
            case "/nowhere": send("302 Found", "Location: http://[::1/\r\n", "")
            case "/huge": send("200 OK", "", String(repeating: "x", count: 17 << 20))
            case "/none": return
            default: send("\(path.dropFirst()) Status")
            }
        }
    }

    @Test("statuses, versions, lengths, redirects, dates")
    func answers() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try server()
        let modules = """
            http_2xx: {prober: http, timeout: 5s}
            some: {prober: http, http: {valid_status_codes: [200, 404]}}
            eleven: {prober: http, http: {valid_http_versions: ["HTTP/1.1"]}}
            two: {prober: http, http: {valid_http_versions: ["HTTP/2.0"]}}
            still: {prober: http, http: {follow_redirects: false, valid_status_codes: [302]}}
            old_still: {prober: http, http: {no_follow_redirects: true}}
            not_ssl: {prober: http, http: {fail_if_not_ssl: true}}
            small: {prober: http, http: {body_size_limit: 128B}}
            zipped: {prober: http, http: {compression: gzip, headers: {Accept-Encoding: gzip}, fail_if_body_not_matches_regexp: ["a"]}}
            no_ca: {prober: http, http: {tls_config: {ca_file: /nowhere/ca.pem}}}
            found: {prober: http, http: {valid_status_codes: [302]}}
            head: {prober: http, http: {method: HEAD}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            let base = "127.0.0.1:\(server.port)"
            for path in [
                "200", "201", "299", "300", "404", "500", "old", "chunked", "date", "redirect", "loop", "rubbish",
                "short", "none", "long",
            ] {
                try pair.same("target=http://\(base)/\(path)")
            }
            for module in ["some", "eleven", "two", "still", "old_still", "not_ssl", "small"] {
                for path in ["200", "404", "old", "redirect", "long"] {
                    try pair.same("target=\(base)/\(path)&module=\(module)")
                }
            }
            for (module, path) in [
                ("http_2xx", "ftp"), ("found", "ftp"), ("http_2xx", "nowhere"), ("small", "huge"), ("zipped", "text"),
                ("zipped", "long"), ("no_ca", "200"),
            ] {
                try pair.same("target=\(base)/\(path)&module=\(module)")
            }
            try pair.same("target=https://\(base)/200&module=no_ca")
            try pair.same("target=127.0.0.1:\(try TCP.freePort())")
            try pair.same("target=no-such-host.invalid", headers: ["X-Prometheus-Scrape-Timeout-Seconds": "2"])
            try pair.same("target=\(base)/200&module=http_2xx&hostname=a.test")
        }
    }

    @Test("methods, fields, bodies, credentials")
    func questions() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try server()
        let token = try folder.write("token", "hunter2\n")
        let modules = """
            post: {prober: http, http: {method: POST, body: '{}', headers: {X-Name: value}}}
            plain: {prober: http}
            host: {prober: http, http: {headers: {Host: other.test}}}
            user: {prober: http, http: {basic_auth: {username: me, password: hunter2}}}
            token: {prober: http, http: {bearer_token: hunter2}}
            token_file: {prober: http, http: {authorization: {credentials_file: \(token)}}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            let base = "127.0.0.1:\(server.port)"
            for (module, path, isGood) in [
                ("post", "echo", 1.0), ("plain", "echo", 0), ("host", "host", 1), ("plain", "host", 0),
                ("user", "user", 1),
                ("plain", "user", 0), ("token", "token", 1), ("token_file", "token", 1),
            ] {
                let metrics = try pair.same("target=\(base)/\(path)&module=\(module)")
                #expect(metrics.value("probe_success") == isGood, "\(module) \(path)")
            }
            try pair.same("target=\(base)/host&module=plain&hostname=other.test")
        }
    }

    @Test("expressions on bodies and fields")
    func expressions() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try server()
        let modules = """
            body: {prober: http, http: {fail_if_body_matches_regexp: ["(?i)could not connect to database"]}}
            not_body: {prober: http, http: {fail_if_body_not_matches_regexp: ["ok", "k$"]}}
            field: {prober: http, http: {fail_if_header_matches: [{header: content-type, regexp: "^text/plain$"}]}}
            optional: {prober: http, http: {fail_if_header_matches: [{header: X-None, regexp: ".*", allow_missing: true}]}}
            cookie: {prober: http, http: {fail_if_header_not_matches: [{header: Set-Cookie, regexp: "^c=d"}]}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            for module in ["body", "not_body", "field", "optional", "cookie"] {
                for path in ["200", "text", "date", "404"] {
                    try pair.same("target=127.0.0.1:\(server.port)/\(path)&module=\(module)")
                }
            }
        }
    }

    @Test("TLS, HTTP/2, compression")
    func tls() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(
            in: folder,
            certificate: try authority.issue("web", for: "DNS:localhost,DNS:a.test"),
            locations:
                #"location / { gzip on; gzip_types text/plain; gzip_min_length 1; default_type text/plain; return 200 "hello, hello, hello, hello, hello"; }"#
        )
        defer { web.stop() }
        let ca = "tls_config: {ca_file: \"\(authority.certificate)\"}"
        let modules = """
            ca: {prober: http, http: {\(ca)}}
            one: {prober: http, http: {enable_http2: false, \(ca)}}
            none: {prober: http}
            any: {prober: http, http: {tls_config: {insecure_skip_verify: true}}}
            named: {prober: http, http: {tls_config: {ca_file: "\(authority.certificate)", server_name: a.test}}}
            host: {prober: http, http: {headers: {Host: a.test}, \(ca)}}
            ssl: {prober: http, http: {fail_if_ssl: true, \(ca)}}
            gzip: {prober: http, http: {compression: gzip, headers: {Accept-Encoding: gzip}, fail_if_body_not_matches_regexp: ["hello$"], \(ca)}}
            deflate: {prober: http, http: {compression: deflate, \(ca)}}
            unread: {prober: http, http: {headers: {Accept-Encoding: gzip}, \(ca)}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            for module in ["ca", "one", "none", "any", "named", "host", "ssl", "gzip", "deflate", "unread"] {
                try pair.same("target=https://localhost:\(web.port)/&module=\(module)")
            }
            try pair.same("target=https://127.0.0.1:\(web.port)/&module=host")
            try pair.same("target=https://127.0.0.1:\(web.port)/&module=ca")
            try pair.same("target=https://127.0.0.1:\(web.port)/&module=ca&hostname=a.test")
        }
    }

    @Test("odd answers")
    func oddities() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let answers = [
            "fold": "200 OK\r\nX-F: a\r\n b\r\nContent-Length: 0", "plus": "200 OK\r\nContent-Length: +0",
            "empty": "302 Found\r\nLocation:\r\nContent-Length: 0",
            "hostless": "302 Found\r\nLocation: http://\r\nContent-Length: 0",
            "nothing": "204 None\r\nContent-Length: 5", "same": "304 Same\r\nContent-Length: 5",
            "zone": "200 OK\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 KST\r\nContent-Length: 0",
            "day": "200 OK\r\nLast-Modified: Wed, 1 Oct 2015 07:28:00 GMT\r\nContent-Length: 0",
        ]
        let server = try ScriptedServer { connection in
            guard let head = connection.receiveHead() else { return }
            let path = head.split(separator: " ").dropFirst().first?.dropFirst() ?? ""
            let length = head.contains("\r\nContent-Length: 0\r\n") ? "200 Told" : "411 Length Required"
            let answer = answers[String(path)] ?? "\(length)\r\nContent-Length: 0"
            connection.send("HTTP/1.1 \(answer)\r\nConnection: close\r\n\r\n")
        }
        let refuser = try refuser()
        defer { refuser.stop() }
        let modules = """
            plain: {prober: http, http: {valid_status_codes: [200, 204, 302, 304]}}
            still: {prober: http, http: {follow_redirects: false, valid_status_codes: [302]}}
            head: {prober: http, http: {method: HEAD, valid_status_codes: [204, 304]}}
            folded: {prober: http, http: {fail_if_header_not_matches: [{header: X-F, regexp: "^a b$"}]}}
            put: {prober: http, http: {method: PUT}}
            proxied: {prober: http, http: {proxy_url: "http://127.0.0.1:\(refuser.port)"}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            for path in answers.keys.sorted() { try pair.same("target=127.0.0.1:\(server.port)/\(path)&module=plain") }
            for (module, path) in [
                ("still", "empty"), ("still", "hostless"), ("head", "nothing"), ("head", "same"),
            ] { try pair.same("target=127.0.0.1:\(server.port)/\(path)&module=\(module)") }
            // Of a plain proxy's refusal neither the body nor its length is read.
            let refused = try pair.ask("target=127.0.0.1:\(server.port)&module=proxied")
            for name in ["probe_http_version", "probe_http_status_code", "probe_success"] {
                #expect(refused.metrics.value(name) == Exposition(refused.theirs.body).value(name), "\(name)")
            }
            for (module, path) in [("folded", "fold"), ("put", "put")] {
                let metrics = try pair.same("target=127.0.0.1:\(server.port)/\(path)&module=\(module)")
                #expect(metrics.value("probe_success") == 1, "\(module)")
            }
        }
    }

    /// A proxy that wants to know who asks.
    private func refuser() throws -> ScriptedServer {
        try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send(
                "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
    }
}
