import Sockets
import TestSupport
import Testing

@Suite("Privileges", .onOwnThread)
struct PrivilegesTests {
    @Test("what is kept stays, the rest is gone for the thread")
    func drop() throws {
        guard Requirement.met(.root) else { return }
        // Capabilities are of a thread: this one dies with the test.
        let result = try Thread.run { () -> [Bool] in
            let before = Privileges.has(.netAdmin) && Privileges.has(.netRaw)
            try Privileges.drop(keeping: [.netRaw])
            return [before, Privileges.has(.netRaw), Privileges.has(.netAdmin)]
        }
        #expect(result == [true, true, false])
    }

    @Test("a second drop is no error")
    func twice() throws {
        guard Requirement.met(.root) else { return }
        let kept = try Thread.run { () -> Bool in
            try Privileges.drop(keeping: [.netRaw])
            try Privileges.drop(keeping: [])
            return Privileges.has(.netRaw)
        }
        #expect(!kept)
    }
}
