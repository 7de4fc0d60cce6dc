import Glibc
import TestSupport
import Testing

@Suite("Privileges of the running program", .onOwnThread)
struct PrivilegesOfThreadsTests {
    /// The effective capabilities of every thread, by the thread's name.
    private func capabilities(of process: Int32) throws -> [(thread: String, mask: UInt64)] {
        let status = try Shell.run("sh", "-c", "cat /proc/\(process)/task/*/status")
        var threads: [(thread: String, mask: UInt64)] = []
        for line in status.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            guard parts.count == 2 else { continue }
            if parts[0] == "Name:" { threads.append((String(parts[1]), .max)) }
            if parts[0] == "CapEff:", let mask = UInt64(parts[1], radix: 16) { threads[threads.count - 1].mask = mask }
        }
        return threads
    }

    private func threads(listen: String) throws -> [(thread: String, mask: UInt64)] {
        let process = try Subprocess([try NetprobeBinary.path(), "serve", "--demo", "--listen", listen])
        defer { process.destroy() }
        try eventually("it serves", within: .seconds(20)) { process.errors.contains("metrics on http://") ? true : nil }
        let found = try capabilities(of: process.pid)
        process.signal(SIGTERM)
        #expect(try process.waitForEnd() == .exited(0))
        return found
    }

    @Test("no thread has more than CAP_NET_RAW")
    func dropped() throws {
        guard Requirement.met(.root) else { return }
        let threads = try threads(listen: "127.0.0.1:0")
        #expect(threads.count >= 5 && threads.contains { $0.thread == "np-monitor" })
        for (thread, mask) in threads { #expect(mask & ~(1 << 13) == 0, "\(thread): \(String(mask, radix: 16))") }
    }

    @Test("a port below 1024 can be listened on, and costs its own capability alone")
    func lowPort() throws {
        guard Requirement.met(.root) else { return }
        let threads = try threads(listen: "127.0.0.1:719")
        for (thread, mask) in threads {
            #expect(mask & ~(1 << 13 | 1 << 10) == 0, "\(thread): \(String(mask, radix: 16))")
        }
    }
}
