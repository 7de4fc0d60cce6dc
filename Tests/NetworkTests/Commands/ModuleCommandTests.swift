import Model
import TestSupport
import Testing

@Suite("netprobe probe --module: what proxies and certificates showed", .serialized, .onOwnThread)
struct ModuleCommandTests {
    private func probe(_ target: String, _ module: String, _ modules: String, in folder: TemporaryFolder) throws
        -> ProbeCommand
    {
        let blackbox = try folder.write("blackbox.yml", "modules:\n\(modules)")
        let file = try folder.write(
            "netprobe.yml",
            "server: {modules: \(blackbox)}\nprobes: [\"icmp://127.0.0.1\"]\n"
        )
        return try ProbeCommand.run(target, ["--module", module, "--config", file])
    }

    @Test("the certificates of http, tcp and DNS over TLS are there, those that are refused too")
    func certificates() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(in: folder, certificate: try authority.issue("web", for: "DNS:localhost,IP:127.0.0.1"))
        defer { web.stop() }
        let trusted = "tls_config: {ca_file: \"\(authority.certificate)\"}"
        let modules = """
              web: {prober: http, http: {preferred_ip_protocol: ip4, \(trusted)}}
              tcp: {prober: tcp, tcp: {preferred_ip_protocol: ip4, tls: true, \(trusted)}}
              stranger: {prober: tcp, tcp: {preferred_ip_protocol: ip4, tls: true}}
              dot: {prober: dns, timeout: 1s, dns: {query_name: a.test, transport_protocol: tcp, dns_over_tls: true, preferred_ip_protocol: ip4, \(trusted)}}

            """
        for (module, target, isVerified) in [
            ("web", "https://localhost:\(web.port)/", true), ("tcp", "localhost:\(web.port)", true),
            ("stranger", "localhost:\(web.port)", false), ("dot", "localhost:\(web.port)", true),
        ] {
            let result = try probe(target, module, modules, in: folder)
            let tls = try #require(result.document?["tls"], "\(module): \(result.output)")
            #expect(tls["verified"]?.asBool == isVerified, "\(module): \(result.output)")
            #expect(tls["certificates"]?.asArray?.first?["subject"]?.asString == "CN=web", "\(module)")
            #expect(result.document?["proxy"]?.isNull == true, "\(module)")
        }
    }

    @Test("what a proxy answered is there")
    func proxy() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let proxy = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send(
                "HTTP/1.1 407 Who Asks\r\nProxy-Authenticate: Basic realm=\"corp\"\r\nContent-Length: 0\r\n\r\n"
            )
        }
        let url = "http://127.0.0.1:\(proxy.port)"
        let modules = "  via: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4, proxy_url: \"\(url)\"}}\n"
        let result = try probe("https://localhost:1/", "via", modules, in: folder)
        #expect(result.status == 1 && result.reason == "proxy_auth_required", "\(result.output)")
        let facts = try #require(result.document?["proxy"])
        #expect(facts["status"]?.asInteger == 407 && facts["rounds"]?.asInteger == 1)
        let challenge = try #require(facts["challenges"]?.asArray?.first)
        #expect(challenge["scheme"]?.asString == "basic" && challenge["realm"]?.asString == "corp")
        #expect(result.document?["tls"]?.isNull == true)
    }
}
