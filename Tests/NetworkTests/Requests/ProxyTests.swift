import Glibc
import Model
import TestSupport
import Testing

/// `netprobe probe --via` through real proxies.
@Suite("requests through proxies", .serialized, .onOwnThread)
struct ProxyTests {
    private static func isPossible() -> Bool {
        Requirement.met(
            .program("squid", package: "squid"),
            .program("nginx", package: "nginx-light"),
            .program("openssl", package: "openssl")
        )
    }

    /// A web server with TLS, a proxy before it, and a configuration that knows both.
    private final class Site {
        let folder: TemporaryFolder
        let web: Nginx
        let squid: Squid
        let target: String

        init(_ schemes: [Squid.Scheme], environment: [String: String] = [:], negotiate: String = "") throws {
            folder = try TemporaryFolder()
            let authority = try TestAuthority(in: folder)
            web = try Nginx(in: folder, certificate: try authority.issue("web"))
            squid = try Squid(in: folder, schemes: schemes, environment: environment, negotiate: negotiate)
            target = "https://localhost:\(web.port)/"
        }

        func probe(
            password: String = Squid.password,
            allowed: String = "[negotiate, ntlm, digest, basic]",
            target: String? = nil,
            environment: [String: String] = [:]
        ) throws -> ProbeCommand {
            try folder.write("password", password + "\n")
            let file = try folder.write(
                "netprobe.yml",
                """
                defaults: {interval: 10s, timeout: 10s}
                probes: [{target: "\(self.target)", ca_file: \(folder.path)/ca.pem}]
                proxies:
                  - name: corp
                    url: http://localhost:\(squid.port)
                    auth: {username: \(Squid.user), password_file: \(folder.path)/password, schemes: \(allowed)}
                """
            )
            return try ProbeCommand.run(
                target ?? self.target,
                ["--config", file, "--via", "corp"],
                environment: environment
            )
        }

        func end() {
            squid.stop()
            web.stop()
            folder.remove()
        }
    }

    private func schemes(_ result: ProbeCommand) -> [String] {
        (result.document?["proxy"]?["challenges"]?.asArray ?? []).compactMap { $0["scheme"]?.asString }
    }

    @Test("each scheme is really performed", arguments: ["basic", "digest", "ntlm"])
    func performed(scheme: String) throws {
        guard Self.isPossible() else { return }
        let site = try Site([.digest, .ntlm, .basic])
        defer { site.end() }
        let result = try site.probe(allowed: "[\(scheme)]")
        #expect(result.status == 0, "\(result.output)")
        #expect(result.document?["proxy"]?["scheme"]?.asString == scheme)
        #expect(result.document?["proxy"]?["status"]?.asInteger == 200)
        #expect(result.document?["status"]?.asInteger == 200)
        #expect(schemes(result) == ["digest", "ntlm", "basic"])
        let phases = try #require(result.document?["phases_ns"]?.asObject).map(\.0)
        #expect(phases == ["resolve", "proxy_connect", "proxy_tunnel", "tls", "request", "first_byte", "transfer"])
        #expect(!result.output.contains(Squid.password))
    }

    @Test("Kerberos with a ticket of the host; without one the next scheme is tried")
    func kerberos() throws {
        guard Self.isPossible(),
            Requirement.met(.program("krb5kdc", package: "krb5-kdc"), .program("kinit", package: "krb5-user"))
        else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Shell.run("chmod", "0755", folder.path)
        let realm = try KerberosRealm(in: folder, user: Squid.user, password: "secret")
        defer { realm.stop() }
        let site = try Site([.negotiate, .basic], environment: realm.environment, negotiate: realm.helper)
        defer { site.end() }
        let result = try site.probe(environment: realm.environment)
        #expect(result.status == 0, "\(result.output)")
        #expect(result.document?["proxy"]?["scheme"]?.asString == "negotiate")
        var without = realm.environment
        without["KRB5CCNAME"] = "FILE:\(folder.path)/none"
        let fallback = try site.probe(environment: without)
        #expect(
            fallback.status == 0 && fallback.document?["proxy"]?["scheme"]?.asString == "basic",
            "\(fallback.output)"
        )
        let nothing = try site.probe(allowed: "[negotiate]", environment: without)
        #expect(nothing.reason == "proxy_auth_required", "\(nothing.output)")
        // A KDC that takes the connection and says nothing: the ticket for the service cannot be had.
        let silent = try ScriptedServer { $0.waitForEnd() }
        let configuration = String(decoding: try Repository.bytes(of: "\(folder.path)/krb5.conf"), as: UTF8.self)
        var held = realm.environment
        held["KRB5_CONFIG"] = try folder.write(
            "silent.conf",
            configuration.replacing(realm.kdc, with: "127.0.0.1:\(silent.port)")
        )
        held["KRB5CCNAME"] = "FILE:\(folder.path)/fresh"
        try realm.takeTicket(held["KRB5CCNAME"] ?? "")
        let started = Clock.now
        let late = try site.probe(allowed: "[negotiate]", environment: held)
        #expect(late.reason == "proxy_auth_required", "\(late.output)")
        #expect(try site.probe(environment: held).document?["proxy"]?["scheme"]?.asString == "basic")
        #expect(Clock.now - started < .seconds(25), "the library itself needs a minute for each")
    }

    @Test(
        "tinyproxy refuses a wrong password by 401: it is shown once, also by the next command, and the right one passes"
    )
    func unauthorized() throws {
        guard Requirement.met(.program("tinyproxy", package: "tinyproxy")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let port = try TCP.freePort()
        let settings = "Port \(port)\nListen 127.0.0.1\nAllow 127.0.0.1\nBasicAuth mon right\n"
        let file = try folder.write("tinyproxy.conf", settings)
        let proxy = try Subprocess(["tinyproxy", "-d", "-c", file])
        defer { proxy.destroy() }
        try Servers.waitUntilListening(on: port, proxy)
        let service = try ScriptedServer { connection in
            while connection.receiveHead() != nil { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
        }
        func probe(_ password: String) throws -> ProbeCommand {
            try folder.write("password", password + "\n")
            let configuration = try folder.write(
                "netprobe.yml",
                """
                state_directory: \(folder.path)/state
                proxies:
                  - name: tiny
                    url: http://127.0.0.1:\(port)
                    auth: {username: mon, password_file: \(folder.path)/password}
                """
            )
            let url = "http://127.0.0.1:\(service.port)/"
            return try ProbeCommand.run(url, ["--config", configuration, "--via", "tiny", "--debug"])
        }
        let first = try probe("wrong")
        #expect(first.reason == "proxy_auth_rejected" && first.output.contains("credentials shown"), "\(first.output)")
        let second = try probe("wrong")
        #expect(
            second.reason == "proxy_auth_rejected" && !second.output.contains("credentials shown"),
            "\(second.output)"
        )
        #expect(try probe("right").success == true)
    }

    @Test("without credentials authentication is required, and the challenges are told with realm and parameters")
    func required() throws {
        guard Self.isPossible() else { return }
        let site = try Site([.digest, .basic])
        defer { site.end() }
        let result = try ProbeCommand.run(site.target, ["--via", site.squid.url])
        #expect(result.status == 1 && result.reason == "proxy_auth_required", "\(result.output)")
        let proxy = try #require(result.document?["proxy"])
        #expect(proxy["status"]?.asInteger == 407 && proxy["rounds"]?.asInteger == 1)
        let challenge = try #require(proxy["challenges"]?.asArray?.first)
        #expect(challenge["scheme"]?.asString == "digest" && challenge["realm"]?.asString == "netprobe test")
        #expect(challenge["parameters"]?["nonce"]?.asString != nil)
        #expect(try #require(proxy.asObject).prefix(3).map(\.0) == ["status", "rounds", "challenges"])
    }

    @Test("a wrong password is shown once, by one scheme", arguments: ["[digest, basic]", "[basic, digest]"])
    func rejected(allowed: String) throws {
        guard Self.isPossible() else { return }
        let site = try Site([.digest, .basic])
        defer { site.end() }
        let result = try site.probe(password: "wrong", allowed: allowed)
        #expect(result.status == 1 && result.reason == "proxy_auth_rejected", "\(result.output)")
        #expect(!result.output.contains("wrong\""))
        let denied = site.squid.accessLog.split(separator: "\n").filter { $0.contains("TCP_DENIED/407") }
        #expect(denied.count <= 3 && !denied.isEmpty, "\(denied)")
    }

    @Test("what the proxy forbids is denied; a dead proxy is refused; a dead origin is the proxy's 503")
    func denied() throws {
        guard Self.isPossible() else { return }
        let site = try Site([])
        defer { site.end() }
        let forbidden = try ProbeCommand.run("https://forbidden.test/", ["--via", site.squid.url])
        #expect(forbidden.reason == "proxy_denied" && forbidden.document?["proxy"]?["status"]?.asInteger == 403)
        // A plain request is answered with the proxy's page, where a service's own 403 would stand.
        let plain = try ProbeCommand.run("http://forbidden.test/", ["--via", site.squid.url])
        #expect(plain.reason == "proxy_denied", "\(plain.output)")
        #expect(plain.document?["proxy"]?["status"]?.asInteger == 403)
        let origin = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send(
                "HTTP/1.1 403 No\r\nServer: squid/6.1\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nVia: 1.1 web (squid/6.1)\r\n"
                    + "Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
        let own = try ProbeCommand.run("http://localhost:\(origin.port)/", ["--via", site.squid.url])
        #expect(own.reason == "http_status" && own.document?["status"]?.asInteger == 403, "\(own.output)")
        let port = try TCP.freePort()
        #expect(try ProbeCommand.run(site.target, ["--via", "http://127.0.0.1:\(port)"]).reason == "proxy_refused")
        let unreachable = try ProbeCommand.run("https://127.0.0.1:\(port)/", ["--via", site.squid.url])
        #expect(unreachable.reason == "proxy_denied", "\(unreachable.output)")
        #expect(unreachable.document?["proxy"]?["status"]?.asInteger == 503)
    }

    @Test("CONNECT has the name and not the address")
    func name() throws {
        guard Self.isPossible() else { return }
        let site = try Site([])
        defer { site.end() }
        _ = try ProbeCommand.run("tls://localhost:\(site.web.port)", ["--via", site.squid.url])
        #expect(site.squid.accessLog.contains("CONNECT localhost:\(site.web.port)"), "\(site.squid.accessLog)")
    }

    @Test("tinyproxy with Basic, plain and by CONNECT")
    func tinyproxy() throws {
        guard Self.isPossible(), Requirement.met(.program("tinyproxy", package: "tinyproxy")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let web = try Nginx(in: folder)
        defer { web.stop() }
        let port = try TCP.freePort()
        let file = try folder.write(
            "tinyproxy.conf",
            "Port \(port)\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nBasicAuth backup hunter2\nLogFile \"\(folder.path)/log\"\n"
        )
        let process = try Subprocess(["tinyproxy", "-d", "-c", file])
        defer { process.destroy() }
        try Servers.waitUntilListening(on: port, process)
        let target = "http://127.0.0.1:\(web.port)/"
        let good = try ProbeCommand.run(target, ["--via", "http://backup:hunter2@127.0.0.1:\(port)"])
        #expect(good.status == 0 && good.document?["status"]?.asInteger == 200, "\(good.output)")
        #expect(!good.output.contains("hunter2"))
        // Tinyproxy says 401 for a wrong password; over CONNECT that can only be its own word.
        let tunnelled = "tcp://127.0.0.1:\(web.port)"
        #expect(try ProbeCommand.run(tunnelled, ["--via", "http://backup:hunter2@127.0.0.1:\(port)"]).status == 0)
        let bad = try ProbeCommand.run(tunnelled, ["--via", "http://backup:hunter3@127.0.0.1:\(port)", "--debug"])
        #expect(bad.reason == "proxy_auth_rejected" && !bad.output.contains("hunter3"), "\(bad.output)")
        #expect(try ProbeCommand.run(target, ["--via", "http://127.0.0.1:\(port)"]).reason == "proxy_auth_required")
    }
}
