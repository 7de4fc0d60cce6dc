import Model
import Testing
import Wire

@testable import Scheduling

@Suite("Names, followed")
struct ResolveTrackingTests {
    private static let one = IPAddress.v4(IPv4Address(10, 0, 0, 1))
    private static let two = IPAddress.v4(IPv4Address(10, 0, 0, 2))

    private func time(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: 1_000_000_000_000 + seconds * 1_000_000_000)
    }

    private func following(_ names: String...) -> NameTracking {
        var tracking = NameTracking()
        tracking.follow(Dictionary(uniqueKeysWithValues: names.map { ($0, .any) }), at: time(0))
        return tracking
    }

    private func names(_ tracking: inout NameTracking, at seconds: Int64) -> [String] {
        tracking.takeDue(at: time(seconds)).map(\.name)
    }

    @Test("a new name is looked up at once, and once at a time")
    func first() {
        var tracking = following("b", "a")
        #expect(names(&tracking, at: 0) == ["a", "b"])
        #expect(names(&tracking, at: 100) == [])
    }

    @Test("a good answer is asked again after 30 s")
    func period() {
        var tracking = following("a")
        _ = names(&tracking, at: 0)
        let change = tracking.settle("a", .addresses([Self.one]), at: time(1))
        #expect(change == NameState(name: "a", addresses: [Self.one], failure: nil))
        #expect(names(&tracking, at: 30) == [])
        #expect(names(&tracking, at: 31) == ["a"])
    }

    @Test("failures back off by 1, 2, 4, 8, 16, 30, 30 s")
    func backoff() {
        var tracking = following("a")
        var now: Int64 = 0
        for pause: Int64 in [1, 2, 4, 8, 16, 30, 30, 30] {
            #expect(names(&tracking, at: now) == ["a"])
            _ = tracking.settle("a", .failed(.dnsTimeout), at: time(now))
            #expect(names(&tracking, at: now + pause - 1) == [])
            now += pause
        }
    }

    @Test("a good answer ends the backing off")
    func recovery() {
        var tracking = following("a")
        _ = names(&tracking, at: 0)
        for _ in 0..<5 { _ = tracking.settle("a", .failed(.dnsServFail), at: time(0)) }
        _ = tracking.settle("a", .addresses([Self.one]), at: time(0))
        _ = tracking.settle("a", .failed(.dnsServFail), at: time(0))
        #expect(names(&tracking, at: 1) == ["a"])
    }

    @Test("while DNS is dead the last good addresses stay")
    func kept() {
        var tracking = following("a")
        _ = tracking.settle("a", .addresses([Self.one]), at: time(0))
        let change = tracking.settle("a", .failed(.dnsTimeout), at: time(30))
        #expect(change == NameState(name: "a", addresses: [Self.one], failure: .dnsTimeout))
        #expect(tracking.settle("a", .failed(.dnsTimeout), at: time(31)) == nil)
        #expect(tracking.state(of: "a")?.addresses == [Self.one])
    }

    @Test("another order is no change, another set is")
    func changes() {
        var tracking = following("a")
        _ = tracking.settle("a", .addresses([Self.one, Self.two]), at: time(0))
        #expect(tracking.settle("a", .addresses([Self.two, Self.one]), at: time(30)) == nil)
        #expect(tracking.state(of: "a")?.addresses == [Self.one, Self.two])
        let change = tracking.settle("a", .addresses([Self.two]), at: time(60))
        #expect(change?.addresses == [Self.two])
    }

    @Test("the first failure of a name is told although nothing was known")
    func firstFailure() {
        var tracking = following("a")
        let change = tracking.settle("a", .failed(.dnsNXDomain), at: time(0))
        #expect(change == NameState(name: "a", addresses: [], failure: .dnsNXDomain))
    }

    @Test("a failing probe hurries the next lookup, but not within a second of the last")
    func hurry() {
        var tracking = following("a")
        _ = names(&tracking, at: 0)
        _ = tracking.settle("a", .addresses([Self.one]), at: time(0))
        tracking.hurry("a", at: time(0))
        #expect(names(&tracking, at: 0) == [])
        #expect(names(&tracking, at: 1) == ["a"])
    }

    @Test(
        "an address that refuses is passed by, each once in a period, and another order of the server changes nothing"
    )
    func passedBy() {
        var tracking = following("a")
        _ = tracking.settle("a", .addresses([Self.one, Self.two]), at: time(0))
        #expect(tracking.passBy("a", isIPv4: nil, at: time(1))?.addresses == [Self.two, Self.one])
        #expect(tracking.settle("a", .addresses([Self.one, Self.two]), at: time(2)) == nil)
        #expect(tracking.state(of: "a")?.addresses == [Self.two, Self.one])
        #expect(tracking.passBy("a", isIPv4: nil, at: time(2))?.addresses == [Self.one, Self.two])
        // Both refuse.
        #expect(tracking.passBy("a", isIPv4: nil, at: time(3)) == nil)
        #expect(tracking.passBy("a", isIPv4: nil, at: time(40))?.addresses == [Self.two, Self.one])
    }

    @Test("a name of one address, or of one of the family, has no other to try")
    func alone() throws {
        var tracking = following("a")
        _ = tracking.settle("a", .addresses([Self.one]), at: time(0))
        #expect(tracking.passBy("a", isIPv4: nil, at: time(1)) == nil)
        let six = try #require(IPAddress("fd00::1"))
        _ = tracking.settle("a", .addresses([six, Self.one, Self.two]), at: time(30))
        #expect(tracking.passBy("a", isIPv4: false, at: time(31)) == nil)
        #expect(tracking.passBy("a", isIPv4: true, at: time(31))?.addresses == [six, Self.two, Self.one])
        #expect(tracking.passBy("b", isIPv4: nil, at: time(31)) == nil)
    }

    @Test("a name that is no longer followed is forgotten, also when its lookup ends later")
    func forgotten() {
        var tracking = following("a")
        _ = names(&tracking, at: 0)
        tracking.follow([:], at: time(1))
        #expect(tracking.settle("a", .addresses([Self.one]), at: time(2)) == nil)
        #expect(tracking.state(of: "a") == nil)
    }

    @Test("a list that is set again keeps what is known")
    func refollowed() {
        var tracking = following("a")
        _ = names(&tracking, at: 0)
        _ = tracking.settle("a", .addresses([Self.one]), at: time(0))
        tracking.follow(["a": .any, "b": .any], at: time(1))
        #expect(tracking.state(of: "a")?.addresses == [Self.one])
        #expect(names(&tracking, at: 1) == ["b"])
    }
}
