import Model
import TestSupport
import Testing

@Suite("netprobe probe", .onOwnThread)
struct ProbeCommandTests {
    @Test("the JSON document has the keys of the documentation")
    func keys() throws {
        let listener = try TCP.listen(on: "127.0.0.1", port: 0)
        let target = "tcp://127.0.0.1:\(TCP.port(of: listener))"
        let result = try ProbeCommand.run(target)
        #expect(result.status == 0, "\(result.output)")
        let members = try #require(result.document?.asObject)
        let wanted = ["target", "success", "reason", "duration_ns", "phases_ns", "proxy", "tls", "status"]
        #expect(members.prefix(wanted.count).map(\.0) == wanted)
        #expect(result.document?["target"]?.asString == target)
        #expect(result.document?["reason"]?.isNull == true)
        #expect(result.document?["status"]?.isNull == true)
        #expect(result.document?["proxy"]?.isNull == true)
        #expect(result.document?["phases_ns"]?["connect"]?.asInteger != nil)
    }

    @Test(
        "a script that wants JSON gets one document also where nothing could be probed",
        arguments: [
            (["probe", "127.0.0.1", "--timeout", "x"], 64), (["probe", "tcp://127.0.0.1"], 64),
            (["probe", "127.0.0.1", "--config", "/nonexistent.yml"], 65), (["host", "--root", "/nonexistent"], 65),
            (["capture", "/nonexistent", "--top", "-1"], 64), (["path", "127.0.0.1", "--count", "x"], 64),
        ] as [([String], Int32)]
    )
    func refusal(arguments: [String], status: Int32) throws {
        let result = try Shell.finish([try NetprobeBinary.path()] + arguments + ["--output", "json"])
        #expect(result.status == status)
        let error = try JSONValue(parsing: result.output)["error"]
        #expect(error?["exit_status"]?.asInteger == Int64(status))
        #expect(error?["message"]?.asString?.isEmpty == false)
    }

    @Test(
        "the exit status says what kind of failure it was",
        arguments: [
            (["tcp://127.0.0.1:1"], 1), (["tcp://no-such-host.invalid:443"], 69), (["gopher://127.0.0.1"], 64),
            ([], 64),
            (["tcp://127.0.0.1:1", "--config", "/nonexistent/netprobe.yml"], 65),
            (["tcp://127.0.0.1:1", "--no-such-option"], 64),
        ] as [([String], Int32)]
    )
    func exitStatus(arguments: [String], status: Int32) throws {
        let result = try Shell.finish([try NetprobeBinary.path(), "probe"] + arguments)
        #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
        #expect(!(result.output + result.errors).isEmpty)
    }
}
