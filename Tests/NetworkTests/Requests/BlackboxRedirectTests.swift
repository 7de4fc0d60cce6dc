import Model
import TestSupport
import Testing

/// Where `http` modules are led to, beside prometheus-blackbox-exporter.
@Suite("/probe follows redirects as blackbox_exporter does", .serialized, .onOwnThread)
struct BlackboxRedirectTests {
    @Test("the connection of the last request decides whether TLS was used")
    func downgrade() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let certificate = try authority.issue("web")
        let plain = try Nginx(in: folder)
        defer { plain.stop() }
        let secured = try Nginx(
            in: folder,
            certificate: certificate,
            locations:
                "location = /down { return 302 http://localhost:\(plain.port)/; } location / { return 200 \"hello\"; }"
        )
        defer { secured.stop() }
        let up = try Nginx(in: folder, locations: "location / { return 302 https://localhost:\(secured.port)/; }")
        defer { up.stop() }
        let ca = "tls_config: {ca_file: \"\(authority.certificate)\"}"
        let modules = """
            plain: {prober: http, http: {\(ca)}}
            must: {prober: http, http: {fail_if_not_ssl: true, \(ca)}}
            never: {prober: http, http: {fail_if_ssl: true, \(ca)}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            for (module, down, raised) in [("plain", 1.0, 1.0), ("must", 0, 1), ("never", 1, 0)] {
                let lowered = try pair.same("target=https://localhost:\(secured.port)/down&module=\(module)")
                #expect(lowered.value("probe_success") == down && lowered.value("probe_http_ssl") == 0, "\(module)")
                let secured = try pair.same("target=http://localhost:\(up.port)/&module=\(module)")
                #expect(secured.value("probe_success") == raised && secured.value("probe_http_ssl") == 1, "\(module)")
            }
        }
    }

    @Test("all but HEAD become GET over 301, 302 and 303; 307 and 308 keep the method and the body")
    func methods() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try ScriptedServer { connection in
            guard var head = connection.receiveHead() else { return }
            let path = head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            func send(_ status: String, _ fields: String = "") {
                connection.send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\(fields)\r\n")
            }
            if let status = Int(path.dropFirst()) { return send("\(status) Elsewhere", "Location: /end\r\n") }
            if head.contains("Content-Length: 3\r\n"), !head.hasSuffix("a=1") { head += connection.receive() ?? "" }
            let isGet = head.hasPrefix("GET ") && !head.contains("Content-Length")
            send(isGet || head.hasPrefix("HEAD ") ? "200 OK" : head.hasSuffix("a=1") ? "201 Kept" : "202 Kept")
        }
        let methods = ["POST", "PUT", "OPTIONS", "DELETE", "HEAD", "GET"]
        let modules =
            methods.map { "\($0): {prober: http, http: {method: \($0)}}\n" }.joined()
            + "form: {prober: http, http: {method: POST, body: \"a=1\"}}\n"
        try BlackboxPair.with(modules, in: folder) { pair in
            for module in methods + ["form"] {
                for status in [301, 302, 303, 307, 308] {
                    let metrics = try pair.same("target=127.0.0.1:\(server.port)/\(status)&module=\(module)")
                    let isGet = ["HEAD", "GET"].contains(module) || status < 304
                    let expected = isGet ? 200.0 : module == "form" ? 201 : 202
                    #expect(metrics.value("probe_http_status_code") == expected, "\(module) \(status)")
                }
            }
        }
    }
}
