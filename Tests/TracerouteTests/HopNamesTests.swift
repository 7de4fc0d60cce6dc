import Model
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Names of hops", .onOwnThread)
struct HopNamesTests {
    /// A name server that answers when it is told to.
    private final class Server: Sendable {
        private let answers = Mutex(false)
        private let number = Mutex(0)

        var asked: Int { number.withLock { $0 } }

        func answer() { answers.withLock { $0 = true } }

        func name(of address: IPAddress) -> String? {
            number.withLock { $0 += 1 }
            while !answers.withLock({ $0 }) { Thread.sleep(.milliseconds(1)) }
            return "name-of-\(address)"
        }
    }

    @Test("look-ups that outlive their trace count among those of the next ones")
    func shared() throws {
        let (server, slots) = (Server(), LookUpSlots(2))
        let former = try HopNames(slots: slots) { server.name(of: $0) }
        let now = Clock.now
        for address in ["10.0.0.1", "10.0.1.1", "10.0.2.1"] { former.ask(ip(address), at: now) }
        try eventually("two are asked", within: .seconds(5)) { server.asked == 2 ? true : nil }
        let next = try HopNames(slots: slots) { server.name(of: $0) }
        next.ask(ip("10.0.3.1"), at: now)
        #expect(server.asked == 2)
        server.answer()
        #expect(former.finish(cancellation: nil).count == 2)
        // What found no place is asked when it answers once more.
        next.ask(ip("10.0.3.1"), at: Clock.now)
        #expect(next.finish(cancellation: nil) == [ip("10.0.3.1"): "name-of-10.0.3.1"])
    }
}
