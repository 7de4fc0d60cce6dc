import Glibc
import TestSupport
import Testing

@Suite("arguments of the process", .onOwnThread)
struct ArgumentTests {
    @Test("a password in --via does not stay in them")
    func hidden() throws {
        let asked = try ScriptedServer { $0.waitForEnd() }
        let url = "http://u:hunter2@127.0.0.1:\(asked.port)"
        let command = [try NetprobeBinary.path(), "probe", "http://app.test/", "--via", url, "--timeout", "20s"]
        let process = try Subprocess(command)
        defer { process.destroy() }
        let shown = try eventually("the password is gone", within: .seconds(15)) { () -> String? in
            let text = Self.arguments(of: process.pid)
            return text.contains("--via") && !text.contains("hunter2") ? text : nil
        }
        #expect(shown.contains("u:xxxxxxx@127.0.0.1"))
    }

    private static func arguments(of process: pid_t) -> String {
        guard let file = fopen("/proc/\(process)/cmdline", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
