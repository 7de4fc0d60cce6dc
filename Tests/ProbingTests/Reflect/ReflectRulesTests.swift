import Model
import Probing
import Sockets
import Testing
import Wire

@Suite("Whom a reflector answers")
struct ReflectRulesTests {
    private let rules = ReflectorRules(ownPorts: [862, 8862])

    private func permits(_ source: String, _ port: UInt16, to destination: String? = nil) throws -> Bool {
        let address = SocketAddress(try #require(IPAddress(source)), port: port)
        return rules.permits(source: address, destination: destination.flatMap { IPAddress($0) })
    }

    @Test("a sender with an ordinary port is answered", arguments: ["10.0.0.1", "127.0.0.1", "fd00::1", "fe80::1"])
    func ordinary(source: String) throws {
        #expect(try permits(source, 40000))
    }

    @Test(
        "a server's port or one of its own is not, so that no two reflectors talk for ever",
        arguments: [
            0, 7, 19, 53, 123, 862, 1023, 8862,
        ] as [UInt16]
    )
    func servers(port: UInt16) throws {
        #expect(try permits("10.0.0.1", port) == false)
    }

    @Test(
        "a group, a broadcast or nobody is not answered",
        arguments: [
            "255.255.255.255", "224.0.0.1", "239.1.2.3", "0.0.0.0", "0.1.2.3", "240.0.0.1", "ff02::1", "::",
        ]
    )
    func groups(address: String) throws {
        #expect(try permits(address, 40000) == false)
        #expect(try permits("10.0.0.1", 40000, to: address) == false)
    }

    @Test("a bound lets a tenth of a second's worth through at once and the rest at its rate")
    func bound() {
        let start = MonotonicTime(nanoseconds: 5)
        var bound = RateBound(perSecond: 100, at: start)
        var passed: [Int] = []
        for moment in [start, start + .milliseconds(50), start + .seconds(3600)] {
            var count = 0
            for _ in 0..<50 where bound.take(at: moment) { count += 1 }
            passed.append(count)
        }
        #expect(passed == [10, 5, 10])
    }

    @Test("a clock that goes back gives nothing away")
    func backwards() {
        var bound = RateBound(perSecond: 10, at: MonotonicTime(nanoseconds: 1_000_000_000))
        let taken = [1_000_000_000, 0, 1_000_000].map { bound.take(at: MonotonicTime(nanoseconds: $0)) }
        #expect(taken == [true, false, false])
    }
}
