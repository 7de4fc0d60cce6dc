import Model
import TestSupport
import Testing

/// `netprobe probe dns://…` against a real dnsmasq.
@Suite("questions to name servers", .serialized, .onOwnThread)
struct DNSTests {
    private func withServer(_ body: (UInt16) throws -> Void) throws {
        guard Requirement.met(.program("dnsmasq", package: "dnsmasq-base")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let port = try TCP.freePort()
        let long = (0..<20).map { "txt-record=long.test,\(String(repeating: "x", count: 200))\($0)" }.joined(
            separator: "\n"
        )
        let file = try folder.write(
            "dnsmasq.conf",
            """
            port=\(port)
            listen-address=127.0.0.1
            bind-interfaces
            no-resolv
            no-hosts
            local=/test/
            host-record=app.contoso.test,10.1.0.4
            cname=contosobackup.blob.test,contosobackup.privatelink.test
            host-record=contosobackup.privatelink.test,10.1.0.9
            edns-packet-max=1232
            \(long)

            """
        )
        let process = try Subprocess(["dnsmasq", "-k", "-C", file, "--pid-file=\(folder.path)/pid", "-u", "root"])
        defer { process.destroy() }
        try Servers.waitUntilListening(on: port, process)
        try body(port)
    }

    @Test("an answer has its whole chain; time-outs and codes have reasons")
    func chain() throws {
        try withServer { port in
            let server = "dns://127.0.0.1:\(port)"
            let good = try ProbeCommand.run("\(server)/contosobackup.blob.test?type=A")
            #expect(good.status == 0, "\(good.output)")
            let answers = try #require(good.document?["dns"]?["answers"]?.asArray)
            #expect(answers.map { $0["type"]?.asString } == ["CNAME", "A"])
            #expect(answers.last?["value"]?.asString == "10.1.0.9")
            #expect(good.document?["phases_ns"]?["first_byte"]?.asInteger != nil)
            #expect(try ProbeCommand.run("\(server)/no.such.test").reason == "dns_nxdomain")
            #expect(try ProbeCommand.run("\(server)/app.contoso.test?type=AAAA").reason == "dns_error")
            #expect(try ProbeCommand.run("\(server)/www.example.com").reason == "dns_error")
        }
    }

    @Test("a truncated answer is asked again over TCP")
    func truncated() throws {
        try withServer { port in
            let result = try ProbeCommand.run("dns://127.0.0.1:\(port)/long.test?type=TXT")
            #expect(result.status == 0 && result.document?["dns"]?["transport"]?.asString == "tcp", "\(result.output)")
            let direct = try ProbeCommand.run("dns://127.0.0.1:\(port)/app.contoso.test?type=A&transport=tcp")
            #expect(direct.status == 0 && direct.document?["dns"]?["transport"]?.asString == "tcp", "\(direct.output)")
        }
    }

    @Test("an answer that was not expected is a mismatch")
    func expected() throws {
        try withServer { port in
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let target = "dns://127.0.0.1:\(port)/app.contoso.test?type=A"
            for (value, reason) in [("10.1.0.4", nil), ("10.2.0.4", "expect_mismatch")] as [(String, String?)] {
                let file = try folder.write("netprobe.yml", "probes: [{target: \"\(target)\", expect: [\(value)]}]\n")
                #expect(try ProbeCommand.run(target, ["--config", file]).reason == reason)
            }
        }
    }

    @Test("a port without a server says so at once; what is no question is usage")
    func nobody() throws {
        let port = try TCP.freePort()
        #expect(try ProbeCommand.run("dns://127.0.0.1:\(port)/a.test").reason == "unreachable_port")
        let bogus = try ProbeCommand.run("dns://127.0.0.1:\(port)/a.test?type=BOGUS")
        #expect(bogus.status == 64 && bogus.output.contains("BOGUS"), "\(bogus.output)")
    }
}
