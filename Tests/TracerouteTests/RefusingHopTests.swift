import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Hops that refuse")
struct RefusingHopTests {
    private func refusing(at ttl: Int, _ address: String, quoted: UInt8? = nil) -> TraceHop {
        TraceHop(
            ttl: ttl,
            responders: [.init(address: ip(address), answers: 1)],
            answer: .unreachable(.adminProhibited),
            statistics: HopStatistics(sent: 1, roundTrips: [.milliseconds(1)]),
            quotedTTL: quoted
        )
    }

    private let before = hops("10.0.0.1", "172.16.0.6")

    @Test("a router that refuses is the hop that it is, whichever packet it says so of")
    func repeated() {
        #expect(TraceHop.withoutRepeatedRefusal(before + [refusing(at: 3, "172.16.0.6")]) == before)
        let later = hops("10.0.0.1", "172.16.0.6", nil) + [refusing(at: 4, "172.16.0.6")]
        #expect(TraceHop.withoutRepeatedRefusal(later) == before)
        let other = before + [refusing(at: 3, "10.2.2.2")]
        #expect(TraceHop.withoutRepeatedRefusal(other) == other)
    }

    @Test("a late refusal stands where its quote says that it is")
    func placed() {
        let silent = (1..<25).map { TraceHop(ttl: $0) }
        let hops = TraceHop.placingRefusal(silent + [refusing(at: 25, "10.0.0.1", quoted: 25)])
        #expect(hops.map(\.ttl) == [1] && hops[0].responders.map(\.address) == [ip("10.0.0.1")])
        let second = TraceHop.placingRefusal(silent + [refusing(at: 25, "10.0.0.2", quoted: 24)])
        #expect(second.map(\.ttl) == [1, 2] && second[0].responders.isEmpty)
    }

    @Test("a quote that contradicts what is known places nothing", arguments: [nil, 64, 1, 3] as [UInt8?])
    func contradiction(quoted: UInt8?) {
        let hops = before + [refusing(at: 3, "10.2.2.2", quoted: quoted)]
        #expect(TraceHop.placingRefusal(hops) == hops)
    }
}
