import Model
import TestSupport
import Testing

@Suite("signals of the process", .onOwnThread)
struct SignalTests {
    @Test(
        "a trace that is ended before its program has begun leaves one valid document",
        arguments: ["SIGTERM", "SIGINT"]
    )
    func early(signal: String) throws {
        guard Requirement.met(.program("clang", package: "clang"), .root) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // The constructor of a library runs before the program's own.
        let source = try folder.write(
            "early.c",
            "#include <signal.h>\n#include <unistd.h>\n__attribute__((constructor)) static void end(void) { kill(getpid(), \(signal)); }\n"
        )
        let library = "\(folder.path)/early.so"
        try Shell.run(["clang", "-shared", "-fPIC", "-o", library, source])
        let result = try Shell.finish(
            [
                "env", "LD_PRELOAD=\(library)", try NetprobeBinary.path(), "path", "127.0.0.1", "--output", "json",
                "--no-dns",
            ]
        )
        let document = try JSONValue(parsing: result.output)
        #expect(document["cancelled"]?.asBool == true && document["target"]?.asString == "127.0.0.1")
    }

    /// Runs `netprobe path` for a name that no server answers for, in namespaces of its own.
    /// - Parameter signals: what a shell does meanwhile with its process `$$`.
    private func lookUp(_ signals: String) throws -> Shell.Finished {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let servers = try folder.write("resolv.conf", "nameserver 192.0.2.53\noptions timeout:30\n")
        let steps = [
            "ip link add v0 type veth peer name v1", "ip address add 192.0.2.1/24 dev v0", "ip link set v0 up",
            "ip link set v1 up", "ip neighbour add 192.0.2.53 lladdr 02:00:00:00:00:53 dev v0",
            "mount --bind \(servers) /etc/resolv.conf", "{ (\(signals)) & }",
            "exec \(try NetprobeBinary.path()) path slow.example --output json",
        ]
        return try Shell.finish(["unshare", "--net", "--mount", "sh", "-c", steps.joined(separator: " && ")])
    }

    /// Waits until the name is asked for, however long the program took to start.
    private static let asks = "until cat /proc/$$/task/*/comm | grep -q resolve; do sleep 0.1; done; sleep 0.3"

    @Test(
        "a trace that is ended while its target's name is looked up has not begun",
        arguments: ["INT", "TERM", "HUP"]
    )
    func lookUpEnded(signal: String) throws {
        guard Requirement.met(.root, .program("unshare", package: "util-linux")) else { return }
        let result = try lookUp("\(Self.asks); kill -\(signal) $$")
        #expect(result.status == 130 && result.errors.contains("stopped before the trace began"), "\(result.errors)")
        let error = try JSONValue(parsing: result.output)["error"]
        #expect(error?["exit_status"]?.asInteger == 130)
        #expect(error?["message"]?.asString == "stopped before the trace began")
    }

    @Test("a process that is stopped and goes on waits for its name as long as any other")
    func stopped() throws {
        guard Requirement.met(.root, .program("unshare", package: "util-linux")) else { return }
        let result = try lookUp("\(Self.asks); kill -STOP $$; sleep 0.5; kill -CONT $$; sleep 1; kill -INT $$")
        #expect(result.status == 130, "\(result.errors)")
    }

    @Test("Ctrl-C ends the live view between two rounds at once")
    func liveView() throws {
        guard Requirement.met(.root, .program("script", package: "bsdutils")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let shown = "\(folder.path)/shown"
        let view = "\(try NetprobeBinary.path()) path 127.0.0.1 --watch --interval 60s --no-dns"
        let round = "until grep -q \"1 round\" \(shown); do sleep 0.1; done"
        let line = "sh -c '(\(round); kill -INT $$) & exec \(view)'"
        // Less than the interval: a view that waits for its next round is ended by the other signal.
        let result = try Shell.finish(
            ["timeout", "45", "script", "--quiet", "--flush", "--return", "--command", line, shown],
            environment: ["TERM": "xterm"]
        )
        #expect(result.status == 0 && result.output.contains("127.0.0.1, 1 round, by hop"), "\(result.output)")
    }

    @Test("a live view ends by a signal though its terminal takes nothing")
    func stuckTerminal() throws {
        guard Requirement.met(.root, .program("script", package: "bsdutils")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (shown, number) = ("\(folder.path)/shown", "\(folder.path)/number")
        let view = "\(try NetprobeBinary.path()) path 127.0.0.1 --watch --interval 100ms --no-dns"
        // Ctrl-S stops what is written to the terminal.
        let keys =
            "until grep -q \" round\" \(shown); do sleep 0.1; done; printf \"\\023\"; sleep 1; kill -TERM $(cat \(number)); sleep 3"
        let line = "sh -c 'echo \\$\\$ > \(number); exec \(view)'"
        let script = "(\(keys)) | timeout 45 script --quiet --flush --return --command \"\(line)\" \(shown)"
        let result = try Shell.finish(["sh", "-c", script], environment: ["TERM": "xterm"])
        #expect(result.status == 0, "\(result.status) \(result.errors)")
    }
}
