import Model
import TestSupport
import Testing

@Suite("TLS of requests", .serialized, .onOwnThread)
struct TLSTests {
    private func check(_ name: String, for names: String, days: Int = 20, trusted: Bool = true) throws -> ProbeCommand?
    {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return nil
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(in: folder, certificate: try authority.issue(name, for: names, days: days))
        defer { web.stop() }
        // A certificate of no days is over after this.
        if days == 0 { Thread.sleep(.milliseconds(1100)) }
        let target = "tls://localhost:\(web.port)"
        let authorities = trusted ? ", ca_file: \(authority.certificate)" : ""
        let file = try folder.write(
            "netprobe.yml",
            "probes: [{target: \"\(target)\", interval: 9s, timeout: 9s\(authorities)}]\n"
        )
        return try ProbeCommand.run(target, ["--config", file])
    }

    @Test("a good chain is verified and told with its root")
    func good() throws {
        guard let result = try check("web", for: "DNS:localhost") else { return }
        #expect(result.status == 0, "\(result.output)")
        let tls = try #require(result.document?["tls"])
        #expect(tls["verified"]?.asBool == true && tls["version"]?.asString?.hasPrefix("TLSv1.") == true)
        #expect(tls["certificates"]?.asArray?.first?["subject"]?.asString == "CN=web")
        #expect(tls["root"]?["subject"]?.asString == "CN=netprobe test authority")
        #expect(try #require(result.document?["phases_ns"]?.asObject).map(\.0) == ["resolve", "connect", "tls"])
    }

    @Test(
        "a bad one has its reason, and the chain all the same",
        arguments: [
            ("stranger", "DNS:localhost", 20, false, "tls_untrusted"),
            ("elsewhere", "DNS:other.test", 20, true, "tls_name"),
            ("old", "DNS:localhost", 0, true, "tls_expired"),
        ]
    )
    func bad(name: String, names: String, days: Int, trusted: Bool, reason: String) throws {
        guard let result = try check(name, for: names, days: days, trusted: trusted) else { return }
        #expect(result.status == 1 && result.reason == reason, "\(result.output)")
        let tls = try #require(result.document?["tls"])
        #expect(tls["verified"]?.asBool == false && tls["verify_error"]?.asString != nil)
        #expect(tls["certificates"]?.asArray?.first?["subject"]?.asString == "CN=\(name)")
    }
}
