import Model
import TestSupport
import Testing

/// Requests, proxies and storage in `netprobe serve`.
@Suite("serve with proxies and storage", .serialized, .onOwnThread)
struct ServeTests {
    private static let request = "60bd0725-701e-00b0-5162-d31413000000"

    /// Azure Storage's answer, as its table has it.
    private func azure(_ path: String, _ status: Int, _ code: String) -> String {
        """
        location /\(path) {
            add_header x-ms-request-id \(Self.request) always;
            add_header x-ms-error-code \(code) always;
            add_header x-ms-version $http_x_ms_version always;
            return \(status) "<Error><Code>\(code)</Code><Message>RequestId:\(Self.request)</Message></Error>";
        }

        """
    }

    private var locations: String {
        azure("good", 401, "NoAuthenticationInformation") + azure("denied", 403, "AuthorizationFailure")
            + azure("busy", 503, "ServerBusy") + #"location / { return 200 "<html>blocked by policy</html>"; }"#
    }

    private func configuration(_ folder: String, web: UInt16, squid: UInt16) -> String {
        func account(_ name: String, _ path: String, _ more: String) -> String {
            "  - {account: \(name), endpoint: \"https://localhost:\(web)/\(path)\", ca_file: \(folder)/ca.pem, interval: 1s, \(more)}\n"
        }
        return """
            state_directory: \(folder)/state
            defaults: {interval: 1s, timeout: 5s}
            probes:
              - {target: "https://localhost:\(web)/health", ca_file: \(folder)/ca.pem}
              - {target: "https://localhost:\(web)/health", ca_file: \(folder)/ca.pem, via: corp}
              - {target: "https://127.0.0.1:\(web)/a", ca_file: \(folder)/ca.pem, via: wrong}
              - {target: "https://127.0.0.1:\(web)/b", ca_file: \(folder)/ca.pem, via: wrong}
              - {target: "https://127.0.0.1:\(web)/c", ca_file: \(folder)/ca.pem, via: wrong}
            proxies:
              - name: corp
                url: "http://127.0.0.1:\(squid)"
                auth: {username: \(Squid.user), password_file: \(folder)/right}
                access_log: \(folder)/squid-\(squid).log
              - {name: wrong, url: "http://localhost:\(squid)", auth: {username: intruder, password_file: \(folder)/wrong}}
            storage:

            """
                + account("good", "good", "via: [{direct: allow}, {corp: allow}]")
                + account("firewalled", "denied", "via: [direct]")
                + account("expected", "denied", "expect: firewall_denied") + account("busy", "busy", "via: [direct]")
                + account("blocked", "block", "via: [direct]") + account("bypass", "good", "via: [{direct: deny}]")
    }

    @Test(
        "targets have phases, accounts verdicts, proxies their counters; a wrong password is shown once; no secret is told"
    )
    func whole() throws {
        guard
            Requirement.met(
                .program("squid", package: "squid"),
                .program("nginx", package: "nginx-light"),
                .program("openssl", package: "openssl")
            )
        else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(in: folder, certificate: try authority.issue("web"), locations: locations)
        defer { web.stop() }
        let squid = try Squid(in: folder, schemes: [.digest, .basic])
        defer { squid.stop() }
        // Only Squid's own user and group may read it as made, and netprobe has given up root's right to read everything.
        try Shell.run("chmod", "0644", squid.log)
        try folder.write("right", Squid.password + "\n")
        try folder.write("wrong", "hunter2-wrong\n")
        let file = try folder.write("netprobe.yml", configuration(folder.path, web: web.port, squid: squid.port))
        let netprobe = try RunningNetprobe(["--config", file], port: try TCP.freePort())
        defer { netprobe.process.destroy() }
        try netprobe.waitUntilReady()

        let metrics = try netprobe.waitUntil("all ways have a verdict and the alerts fire", within: .seconds(30)) {
            metrics in
            metrics.all("netprobe_storage_verdict").count { $0.value == 1 } == 7
                && (metrics.value("netprobe_alert_active", ["alert": "ProxyBypassPossible"]) ?? 0) > 0
                && (metrics.value("netprobe_alert_active", ["alert": "StorageFirewallDenied"]) ?? 0) > 0
        }
        let verdicts = metrics.all("netprobe_storage_verdict").filter { $0.value == 1 }.map { sample in
            ["account", "via", "verdict"].map { sample.labels[$0] ?? "" }.joined(separator: " ")
        }
        #expect(
            Set(verdicts) == [
                "good direct reachable", "good corp reachable", "firewalled direct firewall_denied",
                "expected direct firewall_denied", "busy direct throttled", "blocked direct intercepted",
                "bypass direct reachable",
            ]
        )
        let unexpected = metrics.all("netprobe_storage_as_expected").filter { $0.value == 0 }.compactMap {
            $0.labels["account"]
        }
        #expect(Set(unexpected) == ["firewalled", "busy", "blocked", "bypass"])
        let phases = metrics.all("netprobe_probe_phase_seconds").filter { $0.labels["path"] == "corp" }
        #expect(
            phases.contains { $0.labels["phase"] == "proxy_tunnel" } && phases.contains { $0.labels["phase"] == "tls" }
        )
        #expect(metrics.value("netprobe_proxy_up", ["proxy": "corp"]) == 1)
        #expect(metrics.value("netprobe_proxy_auth_suspended", ["proxy": "wrong"]) == 1)
        #expect((metrics.value("netprobe_proxy_auth_failures_total", ["proxy": "wrong"]) ?? 0) > 3)
        #expect(metrics.value("netprobe_proxy_auth_failures_total", ["proxy": "corp"]) == 0)
        #expect(metrics.value("netprobe_alert_active", ["alert": "ProxyAuthRejected"]) == 1)
        // Digest names the user in what it sends: that many times the wrong password was shown.
        let shown = squid.accessLog.split(separator: "\n").filter { line in
            line.contains("TCP_DENIED/407") && line.contains(" intruder ")
        }
        #expect(shown.count <= 1, "\(shown)")

        // Squid's own log, followed: the handshakes are told from what was refused.
        try netprobe.waitUntil("the log has told of both", within: .seconds(30)) { metrics in
            metrics.sum("netprobe_proxy_log_handshakes_total") > 0
                && metrics.sum("netprobe_proxy_log_auth_failures_total", ["client": "127.0.0.1"]) > 0
        }
        #expect(try netprobe.metrics().value("netprobe_proxy_log_unparsed_lines_total", ["proxy": "corp"]) == 0)
        let pages = try ["/metrics", "/config", "/api/v1/alerts", "/api/v1/events"].map { try netprobe.get($0).body }
        for (text, secret) in (pages + [netprobe.log]).flatMap({ text in
            ["hunter2-wrong", Squid.password].map { (text, $0) }
        }) {
            #expect(!text.contains(secret), "\(secret)")
        }
    }

    @Test("a password that is written anew is tried at once")
    func rotation() throws {
        guard Requirement.met(.program("squid", package: "squid"), .program("nginx", package: "nginx-light")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let web = try Nginx(in: folder)
        defer { web.stop() }
        let squid = try Squid(in: folder, schemes: [.basic])
        defer { squid.stop() }
        try folder.write("password", "old one\n")
        let file = try folder.write(
            "netprobe.yml",
            """
            state_directory: \(folder.path)/state
            defaults: {interval: 500ms, timeout: 5s}
            probes: [{target: "http://127.0.0.1:\(web.port)/", via: corp}]
            proxies: [{name: corp, url: "\(squid.url)", auth: {username: \(Squid.user), password_file: \(folder.path)/password}}]
            """
        )
        let netprobe = try RunningNetprobe(["--config", file], port: try TCP.freePort())
        defer { netprobe.process.destroy() }
        try netprobe.waitUntilReady()
        let refused = ["reason": "proxy_auth_rejected"]
        try netprobe.waitUntil("it is refused again and again", within: .seconds(20)) {
            ($0.value("netprobe_probe_failures_total", refused) ?? 0) >= 3
        }
        try folder.write("password", Squid.password + "\n")
        try netprobe.waitUntil("it passes", within: .seconds(20)) {
            ($0.value("netprobe_probe_received_total", ["module": "http"]) ?? 0) >= 2
        }
    }
}
