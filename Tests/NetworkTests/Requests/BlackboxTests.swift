import Model
import TestSupport
import Testing

/// `/probe` beside prometheus-blackbox-exporter: the same names, labels, help, values, statuses and error texts.
@Suite("/probe answers what blackbox_exporter answers", .serialized, .onOwnThread)
struct BlackboxTests {
    private func pair(
        _ modules: String,
        server: String = "",
        in folder: TemporaryFolder,
        _ body: (BlackboxPair) throws -> Void
    ) throws {
        guard Requirement.met(.program("prometheus-blackbox-exporter", package: "prometheus-blackbox-exporter")) else {
            return
        }
        let pair = try BlackboxPair(in: folder, modules: modules, server: server)
        defer { pair.stop() }
        try body(pair)
    }

    @Test("questions that are refused: module, target, time, prober")
    func refusals() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try pair(
            "icmp: {prober: icmp}\nodd: {prober: odd}\nhosted: {prober: http, http: {headers: {Host: a.test}}}",
            in: folder
        ) { pair in
            for query in [
                "target=127.0.0.1&module=none", "target=127.0.0.1&module=a%22b", "module=icmp", "target=&module=icmp",
                "target=x",
                "target=x&module=odd", "", "target=x&module=hosted&hostname=b.test",
            ] { try pair.same(query) }
            try pair.same("target=127.0.0.1&module=icmp", headers: ["X-Prometheus-Scrape-Timeout-Seconds": "soon"])
        }
    }

    @Test("ICMP")
    func icmp() throws {
        guard Requirement.met(.root) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let modules = """
            icmp: {prober: icmp}
            whole: {prober: icmp, icmp: {payload_size: 65507, dont_fragment: true}}
            too_large: {prober: icmp, icmp: {payload_size: 65508, preferred_ip_protocol: ip4}}
            far_too_large: {prober: icmp, icmp: {payload_size: 99999999}}
            large: {prober: icmp, icmp: {payload_size: 1000, dont_fragment: true}}
            source: {prober: icmp, icmp: {source_ip_address: 127.0.0.9, preferred_ip_protocol: ip4}}
            nonsense: {prober: icmp, icmp: {source_ip_address: nonsense}}
            six: {prober: icmp, icmp: {preferred_ip_protocol: ip6, ip_protocol_fallback: false}}
            """
        try pair(modules, in: folder) { pair in
            for module in ["icmp", "large", "source", "nonsense", "six"] {
                try pair.same("target=127.0.0.1&module=\(module)")
            }
            // IPv6 takes no note of `dont_fragment`, and a payload that is no packet fails its probe alone.
            #expect(try pair.same("target=::1&module=whole").value("probe_success") == 1)
            for module in ["too_large", "far_too_large"] {
                #expect(try pair.same("target=127.0.0.1&module=\(module)").value("probe_success") == 0, "\(module)")
            }
            // Where nobody answers for names, both give up in time.
            let quick = ["X-Prometheus-Scrape-Timeout-Seconds": "2"]
            try pair.same("target=no-such-host.invalid&module=icmp", headers: quick)
            let good = try pair.same("target=127.0.0.1&module=icmp")
            #expect(good.value("probe_success") == 1 && good.value("probe_icmp_reply_hop_limit") == 64)
            #expect((good.value("probe_icmp_duration_seconds", ["phase": "rtt"]) ?? 0) > 0)
        }
    }

    @Test("TCP: connections, dialogues, expressions")
    func tcp() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let modules = """
            connect: {prober: tcp}
            ssh: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: "^SSH-2.0-([^ -]+)", send: "CONFIRM ${1}"}, {expect: "^OK (.*)$"}]}}
            never: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: "^220"}]}}
            source: {prober: tcp, tcp: {source_ip_address: 127.0.0.9}}
            nonsense: {prober: tcp, tcp: {source_ip_address: nonsense}}
            """
        let banner = try ScriptedServer { connection in
            connection.send("SSH-2.0-OpenSSH_6.9p1\r\n")
            guard connection.receive() == "CONFIRM OpenSSH_6.9p1\n" else { return }
            connection.send("OK thanks\n")
        }
        let silent = try ScriptedServer { $0.waitForEnd() }
        let closing = try ScriptedServer { $0.end() }
        try pair(modules, in: folder) { pair in
            for module in ["connect", "source", "nonsense", "ssh", "never"] {
                try pair.same("target=127.0.0.1:\(banner.port)&module=\(module)")
                try pair.same("target=127.0.0.1:\(closing.port)&module=\(module)")
            }
            // Whether anybody listens there or not: the name of a service is a port.
            try pair.same("target=127.0.0.9:discard&module=connect")
            let dialogue = try pair.same("target=127.0.0.1:\(banner.port)&module=ssh")
            #expect(dialogue.value("probe_success") == 1)
            let refused = try TCP.freePort()
            for target in ["127.0.0.1:\(refused)", "127.0.0.1", "127.0.0.1:0", "localhost:\(banner.port)", "::1"] {
                try pair.same("target=\(target)&module=connect")
            }
            let quick = ["X-Prometheus-Scrape-Timeout-Seconds": "1"]
            let late = try pair.same("target=127.0.0.1:\(silent.port)&module=never", headers: quick)
            #expect(late.value("probe_success") == 0)
            // Half a second is left of what the scraper waits; the module alone would wait two.
            #expect((late.value("probe_duration_seconds") ?? 9) < 1.9)
        }
    }

    @Test("TLS over TCP: names, authorities, versions, STARTTLS of nobody")
    func tls() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light"), .program("openssl", package: "openssl")) else {
            return
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let web = try Nginx(in: folder, certificate: try authority.issue("web", for: "DNS:localhost,DNS:a.test"))
        defer { web.stop() }
        let modules = """
            ca: {prober: tcp, tcp: {tls: true, tls_config: {ca_file: "\(authority.certificate)"}}}
            named: {prober: tcp, tcp: {tls: true, tls_config: {ca_file: "\(authority.certificate)", server_name: a.test}}}
            any: {prober: tcp, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}
            none: {prober: tcp, tcp: {tls: true}}
            start: {prober: tcp, tcp: {query_response: [{starttls: true}], tls_config: {ca_file: "\(authority.certificate)"}}}
            """
        try pair(modules, in: folder) { pair in
            for module in ["ca", "named", "any", "none", "start"] {
                try pair.same("target=localhost:\(web.port)&module=\(module)")
                try pair.same("target=127.0.0.1:\(web.port)&module=\(module)")
            }
            let plain = try ScriptedServer { $0.send("hello\n") }
            try pair.same("target=localhost:\(plain.port)&module=ca")
        }
    }

    @Test("what no module may ask: addresses of metadata, those that are denied, a redirect to them")
    func denied() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let modules = """
            icmp: {prober: icmp}
            connect: {prober: tcp, timeout: 1s}
            web: {prober: http, timeout: 2s}
            """
        let redirecting = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send(
                "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/metadata/instance\r\nContent-Length: 0\r\n\r\n"
            )
        }
        try pair(modules, server: "probe_targets: {deny: [192.0.2.0/24]}", in: folder) { pair in
            for target in [
                "169.254.169.254", "168.63.129.16", "192.0.2.7", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
            ] {
                let answer = try pair.netprobe.get("/probe?target=\(target)&module=icmp")
                #expect(
                    answer.status == 403 && answer.body.contains("server.probe_targets"),
                    "\(target): \(answer.body)"
                )
            }
            #expect(try pair.netprobe.get("/probe?target=169.254.169.254:80&module=connect").status == 403)
            #expect(try pair.netprobe.get("/probe?target=http://169.254.169.254/&module=web").status == 403)
            let redirect = try pair.netprobe.get("/probe?target=127.0.0.1:\(redirecting.port)&module=web&debug=true")
            #expect(redirect.status == 200 && redirect.body.contains("may not be asked"), "\(redirect.body)")
            let foreign = try pair.netprobe.get(
                "/probe?target=127.0.0.1&module=icmp",
                headers: ["Sec-Fetch-Site": "cross-site"]
            )
            #expect(foreign.status == 403)
        }
    }

    @Test("debug=true tells the log, the metrics and the module, without its secrets")
    func debug() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let modules = """
            icmp: {prober: icmp}
            secret: {prober: http, timeout: 1s, http: {basic_auth: {username: me, password: hunter2}, headers: {X: shown}}}
            """
        try pair(modules, in: folder) { pair in
            let answers = try pair.ask("target=127.0.0.1&module=icmp&debug=true")
            #expect(answers.ours.headers["content-type"] == answers.theirs.headers["content-type"])
            for part in [
                "Logs for the probe:\n",
                "\n\n\n\nMetrics that would have been returned:\n# HELP probe_dns_lookup_time_seconds",
                "\n\n\n\nModule configuration:\nprober: icmp\n",
                "msg=\"Beginning probe\" probe=icmp timeout_seconds=119.5",
                "module=icmp target=127.0.0.1 level=info msg=",
            ] {
                #expect(answers.theirs.body.contains(part), "\(part): \(answers.theirs.body)")
                #expect(answers.ours.body.contains(part), "\(part): \(answers.ours.body)")
            }
            let secret = try pair.netprobe.get("/probe?target=127.0.0.1:9&module=secret&debug=true").body
            #expect(secret.contains("X: shown") && !secret.contains("hunter2"))
            #expect(!pair.netprobe.log.contains("hunter2"))
        }
    }

    @Test("every prober returns in its time, whatever the peer does")
    func inTime() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let silent = try ScriptedServer { $0.waitForEnd() }
        let dripping = try ScriptedServer { connection in
            while connection.send("x") { Thread.sleep(.milliseconds(20)) }
        }
        let endless = try ScriptedServer { connection in
            let block = "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "0123456789abcde\n", count: 4096)
            while connection.send(block) {}
        }
        let modules = """
            line: {prober: tcp, timeout: 500ms, tcp: {query_response: [{expect: "^never$"}]}}
            tls: {prober: tcp, timeout: 500ms, tcp: {tls: true}}
            web: {prober: http, timeout: 500ms, http: {fail_if_body_matches_regexp: ["never"]}}
            name: {prober: dns, timeout: 500ms, dns: {query_name: a.test, transport_protocol: tcp}}
            secret_name: {prober: dns, timeout: 500ms, dns: {query_name: a.test, transport_protocol: tcp, dns_over_tls: true}}
            datagram: {prober: dns, timeout: 500ms, dns: {query_name: a.test}}
            """
        try pair(modules, in: folder) { pair in
            for module in modules.split(separator: "\n").map({ $0.prefix { $0 != ":" } }) {
                for server in [silent, dripping, endless] {
                    let target = "127.0.0.1:\(server.port)"
                    let answer = Exposition(try pair.netprobe.get("/probe?target=\(target)&module=\(module)").body)
                    #expect(answer.value("probe_success") == 0, "\(module)")
                    // Its own measure; on a busy machine the thread itself may be late.
                    #expect((answer.value("probe_duration_seconds") ?? 9) < 0.75, "\(module) \(answer.samples)")
                }
            }
        }
    }
}
