import Model
import TestSupport
import Testing

/// What must pass a proxy, what must not, and how: with Squid and nginx.
@Suite("endpoints and the ways to them", .serialized, .onOwnThread)
struct EndpointTests {
    private static func isPossible() -> Bool {
        Requirement.met(
            .program("squid", package: "squid"),
            .program("nginx", package: "nginx-light"),
            .program("openssl", package: "openssl")
        )
    }

    @Test("TLS to the proxy itself, whose certificate counts; Digest and the tunnel go inside it")
    func securedProxy() throws {
        guard Self.isPossible() else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(in: folder, certificate: try authority.issue("web"))
        defer { web.stop() }
        let plain = try Nginx(in: folder)
        defer { plain.stop() }
        let certificate = try authority.issue("proxy")
        // Squid has given up root's rights when it reads the key.
        try Shell.run("chmod", "0644", certificate + ".key")
        let squid = try Squid(in: folder, schemes: [.digest], certificate: certificate)
        defer { squid.stop() }
        try folder.write("password", Squid.password + "\n")
        func proxy(_ name: String, _ more: String) -> String {
            "  - {name: \(name), url: \"\(squid.url)\", auth: {username: \(Squid.user), password_file: \(folder.path)/password}\(more)}\n"
        }
        let file = try folder.write(
            "netprobe.yml",
            """
            defaults: {interval: 10s, timeout: 10s}
            probes: [{target: "https://localhost:\(web.port)/", ca_file: \(folder.path)/ca.pem}]
            proxies:

            """ + proxy("known", ", ca_file: \(folder.path)/ca.pem") + proxy("unknown", "")
        )
        let secure = try ProbeCommand.run("https://localhost:\(web.port)/", ["--config", file, "--via", "known"])
        #expect(secure.status == 0, "\(secure.output)")
        #expect(secure.document?["proxy"]?["scheme"]?.asString == "digest")
        let phases = try #require(secure.document?["phases_ns"]?.asObject)
        #expect(
            phases.map(\.0) == ["proxy_connect", "proxy_tunnel", "tls", "request", "first_byte", "transfer"]
                && (phases.first?.1.asInteger ?? 0) > 100_000
        )
        let forwarded = try ProbeCommand.run("http://localhost:\(plain.port)/", ["--config", file, "--via", "known"])
        #expect(forwarded.status == 0 && forwarded.document?["status"]?.asInteger == 200, "\(forwarded.output)")
        let untrusted = try ProbeCommand.run("https://localhost:\(web.port)/", ["--config", file, "--via", "unknown"])
        #expect(untrusted.reason == "tls_untrusted", "\(untrusted.output)")
        #expect(!squid.accessLog.contains("NONE_NONE_ABORTED/200"))
    }

    @Test("a server that wants a certificate of the client gets it")
    func clientCertificate() throws {
        guard Self.isPossible() else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let own = try authority.issue("client")
        let web = try Nginx(
            in: folder,
            certificate: try authority.issue("web"),
            locations: "ssl_client_certificate \(folder.path)/ca.pem; ssl_verify_client on; location / { return 200; }"
        )
        defer { web.stop() }
        let target = "https://localhost:\(web.port)/"
        func status(_ more: String) throws -> Int64? {
            let file = try folder.write(
                "netprobe.yml",
                "defaults: {timeout: 10s, interval: 10s}\nprobes: [{target: \"\(target)\", ca_file: \(folder.path)/ca.pem\(more)}]\n"
            )
            return try ProbeCommand.run(target, ["--config", file]).document?["status"]?.asInteger
        }
        #expect(try status("") == 400)
        #expect(try status(", cert_file: \(own).pem, key_file: \(own).key") == 200)
    }

    private func configuration(_ folder: String, squid: UInt16, web: UInt16, plain: UInt16, expired: UInt16)
        -> String
    {
        """
        state_directory: \(folder)/state
        defaults: {interval: 1s, timeout: 5s}
        probes: [{target: "https://localhost:\(expired)/", ca_file: \(folder)/ca.pem}]
        proxies:
          - name: corp
            url: "http://127.0.0.1:\(squid)"
            auth: {username: \(Squid.user), password_file: \(folder)/password}
            interval: 1s
            must_deny: ["https://forbidden.test/", "https://localhost:\(web)/"]
            sticky: {echo: "http://localhost:\(plain)/echo", requests: 8}
            allow_list: \(folder)/patterns
        profiles:
          - {name: azure-site-recovery, region: koreacentral, via: [corp], interval: 1s}
          - {name: azure-backup, region: koreacentral, via: [corp], interval: 1s, hosts: [a.backup.windowsazure.com]}
        """
    }

    @Test("a proxy that lets through too much, knows Site Recovery not, and leaves by two addresses, is told of")
    func proxied() throws {
        guard Self.isPossible() else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let echo =
            #"location /echo { if ($request_id ~ "^[0-7]") { return 200 "203.0.113.1"; } return 200 "203.0.113.2"; }"#
        let plain = try Nginx(in: folder, locations: echo)
        defer { plain.stop() }
        let web = try Nginx(in: folder, certificate: try authority.issue("web"))
        defer { web.stop() }
        let expired = try Nginx(in: folder, certificate: try authority.issue("expired", days: 0))
        defer { expired.stop() }
        let squid = try Squid(in: folder, schemes: [.basic])
        defer { squid.stop() }
        try folder.write("password", Squid.password + "\n")
        try folder.write("patterns", "*.blob.core.windows.net\n.windowsazure.com\nlogin.microsoftonline.com\n")
        // The echo is asked without TLS: its authority would be the test's own.
        let ports = (squid.port, web.port, plain.port, expired.port)
        let file = try folder.write(
            "netprobe.yml",
            configuration(folder.path, squid: ports.0, web: ports.1, plain: ports.2, expired: ports.3)
        )
        let netprobe = try RunningNetprobe(["--config", file], port: try TCP.freePort())
        defer { netprobe.process.destroy() }
        try netprobe.waitUntilReady()

        let expected = [
            "ProxyBypassPossible", "ProxyAuthRequired", "BackupNotReady", "ProxyNotSticky", "EndpointOutsideAllowList",
            "CertificateExpiring",
        ]
        let metrics = try netprobe.waitUntil("the alerts fire", within: .seconds(60)) { metrics in
            expected.allSatisfy { (metrics.value("netprobe_alert_active", ["alert": $0]) ?? 0) > 0 }
        }
        func isAsExpected(_ target: String) -> Double? {
            metrics.all("netprobe_endpoint_as_expected")
                .first { $0.labels["use"] == "must_deny" && $0.labels["target"]?.hasPrefix(target) == true }?.value
        }
        #expect(isAsExpected("https://forbidden.test") == 1 && isAsExpected("https://localhost:\(web.port)") == 0)
        let recovery = ["use": "azure-site-recovery", "verdict": "proxy_auth_required"]
        #expect(metrics.all("netprobe_endpoint_verdict").count { $0.value == 1 && recovery.isPart(of: $0.labels) } == 2)
        // Backup's own endpoints are asked with credentials, and here no name resolves.
        let backup = ["use": "azure-backup", "verdict": "unreachable"]
        #expect(metrics.all("netprobe_endpoint_verdict").count { $0.value == 1 && backup.isPart(of: $0.labels) } == 3)
        #expect(
            metrics.value("netprobe_endpoint_allowed", ["target": "*.backup.windowsazure.com", "use": "azure-backup"])
                == 1
        )
        #expect(metrics.value("netprobe_endpoint_allowed", ["target": "*.vault.azure.net"]) == 0)
        #expect(metrics.value("netprobe_proxy_egress_addresses", ["proxy": "corp"]) == 2)
        #expect(metrics.value("netprobe_alert_active", ["alert": "ProxyAuthRejected"]) == 0)
    }
}

extension [String: String] {
    fileprivate func isPart(of other: [String: String]) -> Bool { allSatisfy { other[$0.key] == $0.value } }
}
