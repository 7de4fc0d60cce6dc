import Model
import Probing
import Sockets
import TestSupport
import Testing
import Wire

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

    @Test("each probe of a running netprobe judges by its own roots, whichever came first")
    func roots() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(in: folder, certificate: try authority.issue("web"))
        defer { web.stop() }
        let site = "https://localhost:\(web.port)"
        let file = try folder.write(
            "netprobe.yml",
            """
            state_directory: \(folder.path)/state
            defaults: {interval: 200ms, timeout: 2s}
            probes:
              - {target: "\(site)/known", ca_file: \(authority.certificate)}
              - "\(site)/unknown"
            """
        )
        let netprobe = try RunningNetprobe(["--config", file], port: try TCP.freePort())
        defer { netprobe.process.destroy() }
        try netprobe.waitUntilReady()
        let (known, unknown) = (["target": "\(site)/known"], ["target": "\(site)/unknown"])
        let refused = unknown.merging(["reason": "tls_untrusted"]) { $1 }
        let metrics = try netprobe.waitUntil("both are judged", within: .seconds(20)) {
            ($0.value("netprobe_probe_sent_total", known) ?? 0) >= 3
                && ($0.value("netprobe_probe_sent_total", unknown) ?? 0) >= 3
        }
        #expect((metrics.value("netprobe_probe_received_total", known) ?? 0) >= 3)
        #expect(metrics.value("netprobe_probe_received_total", unknown) == 0)
        #expect((metrics.value("netprobe_probe_failures_total", refused) ?? 0) >= 3)
    }

    @Test("a certificate that was read before is judged for each name, and by each authority")
    func names() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let certificate = try authority.issue("web", for: "DNS:a.test,IP:127.0.0.1")
        let web = try Nginx(in: folder, certificate: certificate)
        defer { web.stop() }
        let lookup: HostLookup = { _, answer in answer(.addresses([.v4(IPv4Address(127, 0, 0, 1))])) }
        let engine = try RequestEngine(lookup: lookup) { _ in }
        defer { engine.stop() }
        let outcomes = try Inbox<Outcome>()
        for (host, file, reason) in [
            ("a.test", authority.certificate, nil), ("b.test", authority.certificate, Reason.tlsName),
            ("127.0.0.1", authority.certificate, nil),
            ("a.test.", authority.certificate, nil), ("a.test", nil, .tlsUntrusted),
            ("a.test", authority.certificate, nil), ("b.test", authority.certificate, .tlsName),
        ] as [(String, String?, Reason?)] {
            var task = RequestTask(
                id: ProbeID(rawValue: 0),
                target: Target(scheme: .tls, host: host, port: web.port),
                question: .tls,
                timeout: .seconds(5),
                caFile: file
            )
            task.address = .v4(IPv4Address(127, 0, 0, 1))
            engine.ask(task) { outcomes.post($0) }
            outcomes.wait(.seconds(6))
            let outcome = try #require(outcomes.take().first)
            if let reason {
                #expect(outcome.result == .failed(reason), "\(host)")
            } else {
                #expect(outcome.isAnswer, "\(host): \(outcome.detail?.message ?? "")")
            }
            #expect(outcome.detail?.request?.tls?.certificates.first?.names == ["a.test", "127.0.0.1"])
        }
    }
}
