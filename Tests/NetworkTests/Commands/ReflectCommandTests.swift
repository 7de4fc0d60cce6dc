import Glibc
import TestSupport
import Testing

@Suite("netprobe reflect", .onOwnThread)
struct ReflectCommandTests {
    @Test("a STAMP probe is answered by the reflector, and times out without it")
    func stamp() throws {
        let port = try TCP.freePort()
        let reflector = try Subprocess([try NetprobeBinary.path(), "reflect", "--listen", "127.0.0.1:\(port)"])
        defer { reflector.destroy() }
        let good = try eventually("the reflector answers") {
            let result = try ProbeCommand.run("stamp://127.0.0.1:\(port)")
            return result.status == 0 ? result : nil
        }
        #expect(good.success == true)
        #expect(try #require(good.duration) > 0)

        reflector.signal(SIGTERM)
        #expect(try reflector.waitForEnd() == .exited(0))
        let silent = try ProbeCommand.run("stamp://127.0.0.1:\(port)")
        #expect(silent.status == 1)
        #expect(["timeout", "unreachable_port", "refused"].contains(silent.reason), "\(silent.output)")
    }

    @Test("an address in use is a clear error")
    func inUse() throws {
        let port = try TCP.freePort()
        let command = [try NetprobeBinary.path(), "reflect", "--listen", "127.0.0.1:\(port)"]
        let first = try Subprocess(command)
        defer { first.destroy() }
        try eventually("the first answers") {
            try ProbeCommand.run("stamp://127.0.0.1:\(port)").status == 0 ? true : nil
        }
        let second = try Shell.finish(command)
        #expect(second.status != 0)
        #expect(second.errors.contains("127.0.0.1:\(port)") && second.errors.contains("in use"), "\(second.errors)")
    }
}
