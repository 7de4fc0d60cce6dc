import Glibc
import Model
import TestSupport
import Testing

@Suite("exit statuses", .onOwnThread)
struct ExitStatusTests {
    @Test("0: a service that accepts is answered; 1: one that refuses is bad")
    func probe() throws {
        let descriptor = try TCP.listen(on: "127.0.0.1", port: 0)
        let port = TCP.port(of: descriptor)
        let good = try Netprobe.run("probe", "tcp://127.0.0.1:\(port)")
        #expect(good.status == 0, "\(good.errors)")
        close(descriptor)
        let bad = try Netprobe.run("probe", "tcp://127.0.0.1:\(port)")
        #expect(bad.status == 1)
        #expect(bad.output.contains("refused"), "\(bad.output)")
    }

    @Test("2 under --strict, else 0: a warning about this host")
    func warning() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = """
            vpns:
              tunnel: {gateways: [192.0.2.1], edge: [icmp://10.1.255.30], pin: {interface: absent0}}
            links:
              - {name: office, tiers: [[tunnel]], through: [icmp://10.1.0.4], workloads: [icmp://10.1.0.4]}

            """
        let file = try folder.write("warning.yml", text)
        let lenient = try Netprobe.run("check", file)
        #expect(lenient.status == 0, "\(lenient.errors)")
        #expect(lenient.errors.contains("warning.yml:2:"), "\(lenient.errors)")
        #expect(try Netprobe.run("check", "--strict", file).status == 2)
    }

    @Test("65: a configuration with a mistake, for every command that takes one")
    func configuration() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("bad.yml", "links: 5\n")
        for command in [
            ["check", file], ["serve", "--config", file], ["probe", "127.0.0.1", "--config", file],
            ["path", "127.0.0.1", "--config", file],
        ] {
            let result = try Netprobe.run(command)
            #expect(result.status == 65, "\(command)")
            #expect(result.errors.contains("bad.yml:1:8: "), "\(command): \(result.errors)")
        }
    }

    @Test("65: there is no such configuration")
    func missing() throws {
        let result = try Netprobe.run("serve", "--config", "/nonexistent/netprobe.yml")
        #expect(result.status == 65)
        #expect(result.errors.contains("/nonexistent/netprobe.yml"))
    }

    @Test(
        "a script that wants JSON gets one document also where nothing could be tested",
        arguments: ["path", "probe"]
    )
    func document(command: String) throws {
        let result = try Netprobe.run(command, "no-such-host.invalid", "--output", "json")
        #expect(result.status == 69)
        #expect(try JSONValue(parsing: result.output)["target"]?.asString?.contains("no-such-host.invalid") == true)
    }

    @Test(
        "whatever hinders a trace, a script that wants JSON gets one document, and no secret in it",
        arguments: [
            ["127.0.0.1", "-4", "-6"], ["0.0.0.0"], ["224.0.0.5"], ["a b"], ["https://127.0.0.1"],
            ["127.0.0.1", "--watch"],
            ["127.0.0.1", "--max-hops", "0"], ["127.0.0.1", "--count", "many"], ["127.0.0.1", "--no-such-option"], [],
            ["icmp://user:hunter2@127.0.0.1"],
        ]
    )
    func refusals(arguments: [String]) throws {
        let result = try Netprobe.run(["path"] + arguments + ["--output", "json"])
        #expect(result.status == 64, "\(result.errors)")
        let document = try JSONValue(parsing: result.output)
        #expect(document["error"]?["exit_status"]?.asInteger == 64)
        #expect(document["error"]?["message"]?.asString?.isEmpty == false)
        #expect(document["target"]?.asString != nil && !(result.output + result.errors).contains("hunter2"))
    }

    @Test(
        "the document of a refusal names the target, not the value of an option, and its message begins as that of any other",
        arguments: [
            ["--max-hops", "abc", "127.0.0.1"], ["--interval", "soon", "127.0.0.1"], ["127.0.0.1", "-4", "-6"],
            ["--source", "here", "127.0.0.1"], ["--flows", "many", "--", "127.0.0.1"],
        ]
    )
    func target(arguments: [String]) throws {
        let result = try Netprobe.run(["path", "--output", "json"] + arguments)
        let document = try JSONValue(parsing: result.output)
        #expect(result.status == 64 && document["target"]?.asString == "127.0.0.1", "\(result.output)")
        #expect(document["error"]?["message"]?.asString?.contains("netprobe path:") == false, "\(result.output)")
        #expect(!result.errors.isEmpty)
    }

    @Test("every option with a value is known as such where arguments are refused")
    func values() throws {
        let document = try JSONValue(parsing: Netprobe.run("--experimental-dump-help").output)
        for command in try #require(document["command"]?["subcommands"]?.asArray) {
            let name = command["commandName"]?.asString ?? ""
            // `host` has no target.
            guard ["path", "probe", "capture"].contains(name) else { continue }
            for argument in command["arguments"]?.asArray ?? [] where argument["kind"]?.asString == "option" {
                let option = try #require(argument["preferredName"]?["name"]?.asString)
                let target = name == "capture" ? "a.pcap" : "127.0.0.1"
                let result = try Netprobe.run(name, "--\(option)", "value", target, "--no-such-option", "--output=json")
                #expect(try JSONValue(parsing: result.output)["target"]?.asString == target, "\(name) --\(option)")
            }
        }
    }

    @Test(
        "an interface by which nothing leaves is said to be down, or to have no carrier",
        arguments: [
            ("true", "is down"),
            ("ip link set v0 up", "has no carrier"),
        ]
    )
    func interfaceFault(step: String, fault: String) throws {
        guard Requirement.met(.root, .program("unshare", package: "util-linux")) else { return }
        let trace = "\(try NetprobeBinary.path()) path 192.0.2.2 --interface v0 --no-dns --output json"
        let steps = [
            "ip link add v0 type veth peer name v1", "ip address add 192.0.2.1/24 dev v0", step, "exec \(trace)",
        ]
        let result = try Shell.finish(["unshare", "--net", "sh", "-c", steps.joined(separator: " && ")])
        let sentence = try JSONValue(parsing: result.output)["verdict"]?["sentence"]?.asString
        #expect(result.status == 1 && sentence == "v0 \(fault): nothing leaves by it to 192.0.2.2.", "\(result.output)")
    }

    @Test("69: the name does not resolve", arguments: ["path", "probe"])
    func unresolved(command: String) throws {
        let result = try Netprobe.run(command, "nothing.invalid")
        #expect(result.status == 69, "\(result.output)\(result.errors)")
        #expect(result.errors.contains("nothing.invalid"))
    }

    @Test("77: who may open neither kind of ICMP socket is told what to grant")
    func privilege() throws {
        guard Requirement.met(.root, .program("unshare", package: "util-linux")) else { return }
        // A fresh network namespace allows ping sockets to nobody.
        let command = [
            "unshare", "--net", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
            "--bounding-set=-all", try NetprobeBinary.path(), "probe", "127.0.0.1",
        ]
        let result = try Shell.finish(command)
        #expect(result.status == 77, "\(result.output)\(result.errors)")
        #expect(result.errors.contains("CAP_NET_RAW") || result.errors.contains("cap_net_raw"), "\(result.errors)")
    }

    @Test("77: who asks for ICMP in so many words and may not send it gets no UDP instead; else that is said")
    func replacedICMP() throws {
        guard Requirement.met(.root, .program("unshare", package: "util-linux")) else { return }
        func path(_ arguments: String) throws -> Shell.Finished {
            let setpriv = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all"
            let line =
                "ip link set lo up; exec \(setpriv) \(try NetprobeBinary.path()) path \(arguments) --count 1 --no-dns"
            return try Shell.finish(["unshare", "--net", "sh", "-c", line])
        }
        for arguments in ["icmp://127.0.0.1", "127.0.0.1 --protocol icmp"] {
            let refused = try path(arguments)
            #expect(
                refused.status == 77 && refused.errors.contains("cap_net_raw"),
                "\(refused.output)\(refused.errors)"
            )
        }
        let replaced = try path("127.0.0.1")
        #expect(replaced.status == 0, "\(replaced.output)\(replaced.errors)")
        #expect(replaced.output.contains("ICMP is not allowed here"))
    }
}
