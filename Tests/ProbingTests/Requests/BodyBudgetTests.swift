import Model
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite("memory for bodies", .onOwnThread)
struct BodyBudgetTests {
    private static let mebi = 1 << 20

    @Test("leases share it, a little of each is beside it, and what ends gives back")
    func shared() {
        let budget = BodyBudget(most: 4 * Self.mebi)
        let one = budget.lease(), two = budget.lease()
        #expect(one.holds(3 * Self.mebi) && one.holds(10) && budget.used >= 2 * Self.mebi)
        #expect(two.holds(64 << 10) && !two.holds(3 * Self.mebi) && two.isRefused && !one.isRefused)
        one.end()
        #expect(budget.used == 0 && two.holds(3 * Self.mebi) && !one.holds(Self.mebi))
        do {
            let three = budget.lease()
            #expect(three.holds(Self.mebi))
            #expect(budget.used > 3 * Self.mebi)
        }
        two.end()
        #expect(budget.used == 0)
        budget.tidy()
    }

    @Test("a body for which there is no room is this host's overload, and no fault of the service")
    func overload() throws {
        let server = try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n\(String(repeating: "x", count: 200_000))"
            )
        }
        let budget = BodyBudget(most: 1000)
        let target = try Target(parsing: "http://127.0.0.1:\(server.port)/")
        var task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: target,
            question: .http(HTTPQuestion()),
            timeout: .seconds(5),
            keepsResponse: true
        )
        task.keptBody = Self.mebi
        #expect(
            try RequestEngine.requestOnce(task, lookup: Asking.lookup).detail?.request?.response?.body.count == 200_000
        )
        task.lease = budget.lease()
        #expect(try RequestEngine.requestOnce(task, lookup: Asking.lookup).result == .invalid(.overload))
        task.keptBody = 1000
        task.lease = budget.lease()
        #expect(try RequestEngine.requestOnce(task, lookup: Asking.lookup).isAnswer)
    }
}
