import TestSupport
import Testing
import Wire

@testable import Traceroute

/// A way with a narrow link: large packets are refused or vanish behind the hop before it.
private struct NarrowWay {
    var mtu: Int
    var ceiling = 1500
    var distance = 6
    /// The last hop that large packets reach.
    var limit = 3
    /// What the router there says; nil: nothing, a black hole.
    var says: Int?
    var family = IPFamily.v4
    /// Of every so many packets one is lost; 0 for none.
    var losesEvery = 0
    /// So many of a hundred are lost by chance, which the seed makes.
    var losses = (seed: 0, percent: 0)
    /// One size at once; after so many packets nothing can be told any more.
    var isOneByOne = false
    var isUnknownAfter = Int.max

    func find() -> (mtu: PathMTU, batches: Int) {
        var chance = SeededGenerator(seed: UInt64(losses.seed))
        var search = MTUSearch(family: family, ceiling: ceiling, distance: distance, isOneByOne: isOneByOne)
        var (batches, packets) = (0, 0)
        while batches < 100 {
            let batch = search.next()
            if batch.isEmpty { break }
            batches += 1
            var results: [MTUSearch.Probe: MTUSearch.Result] = [:]
            for probe in batch {
                packets += 1
                if packets > isUnknownAfter {
                    results[probe] = .unknown
                    continue
                }
                if losesEvery > 0, packets % losesEvery == 0 { continue }
                if Int.random(in: 0..<100, using: &chance) < losses.percent { continue }
                let end = probe.ttl ?? distance
                if probe.bytes <= mtu || end <= limit {
                    results[probe] = .answered
                } else if let says {
                    results[probe] = .tooLarge(told: says, router: ip("10.0.\(limit).1"))
                }
            }
            search.settle(results)
        }
        let hops = (1...distance).map { (ttl: $0, addresses: [ip("10.0.\($0).1")]) }
        return (search.result(hops: hops, method: .icmp), batches)
    }
}

@Suite("Search for the path MTU")
struct MTUSearchTests {
    /// Large packets pass the first hop; what becomes of them behind it is said by `beyond`.
    private func search(_ beyond: MTUSearch.Result) -> MTUSearch {
        var search = MTUSearch(family: .v4, ceiling: 1500, distance: 3)
        for _ in 0..<100 {
            let batch = search.next()
            if batch.isEmpty { break }
            var results: [MTUSearch.Probe: MTUSearch.Result] = [:]
            for probe in batch {
                switch probe.ttl {
                case 1: results[probe] = .passed(by: ip("10.0.0.1"))
                case 2 where beyond == .silent: results[probe] = .passed(by: ip("172.16.0.6"))
                default: results[probe] = probe.bytes <= 1400 ? .answered : beyond
                }
            }
            search.settle(results)
        }
        return search
    }

    @Test("who answers the large packets last is named, though the trace met another one there")
    func otherWay() {
        let hops = [(1, "10.0.0.1"), (2, "172.16.0.2")].map { (ttl: $0.0, addresses: [ip($0.1)]) }
        let mtu = search(.silent).result(hops: hops, method: .icmp)
        #expect(mtu.behaviour == .blackHole && mtu.limitTTL == 2 && mtu.limitRouter == ip("172.16.0.6"))
        #expect(mtu.isOfOtherWay(than: TracerouteTests.hops("10.0.0.1", "172.16.0.2", "10.1.0.4")))
        #expect(!mtu.isOfOtherWay(than: TracerouteTests.hops("10.0.0.1", "172.16.0.6", "10.1.0.4")))
        #expect(!mtu.isOfOtherWay(than: TracerouteTests.hops("10.0.0.1", nil, "10.1.0.4")))
    }

    @Test("a router that refuses large packets and else is silent stands behind the last that they reach")
    func silentRefuser() {
        let result = search(.tooLarge(told: 1400, router: ip("172.16.0.2")))
        let mtu = result.result(hops: [(1, [ip("10.0.0.1")]), (2, [])], method: .icmp)
        #expect(mtu.behaviour == .reported && mtu.limitTTL == 2 && mtu.limitRouter == ip("172.16.0.2"))
        // Somebody else answers there: its place is not known.
        let elsewhere = result.result(hops: [(1, [ip("10.0.0.1")]), (2, [ip("10.9.9.9")])], method: .icmp)
        #expect(elsewhere.limitTTL == nil && elsewhere.limitRouter == ip("172.16.0.2"))
    }

    @Test("a way without a narrow link is known after one batch")
    func wide() {
        let found = NarrowWay(mtu: 1500).find()
        #expect(found.mtu.bytes == 1500 && found.mtu.behaviour == .unlimited && found.batches == 1)
        #expect(NarrowWay(mtu: 9000, ceiling: 9000).find().mtu.bytes == 9000)
    }

    @Test(
        "an honest router's size is found in few batches, with its hop",
        arguments: [1400, 1438, 1350, 1280, 576, 68]
    )
    func reported(mtu: Int) {
        let found = NarrowWay(mtu: mtu, says: mtu).find()
        #expect(found.mtu.bytes == mtu)
        #expect(found.mtu.behaviour == .reported && found.mtu.toldBytes == nil)
        #expect(found.mtu.limitTTL == 3 && found.mtu.limitRouter == ip("10.0.3.1"))
        #expect(found.batches <= 6)
    }

    @Test(
        "a black hole's size is exact, and so is the hop before it",
        arguments: [1499, 1492, 1417, 1400, 1394, 900, 300]
    )
    func blackHole(mtu: Int) {
        let found = NarrowWay(mtu: mtu).find()
        #expect(found.mtu.bytes == mtu && found.mtu.behaviour == .blackHole)
        #expect(found.mtu.limitTTL == 3 && found.mtu.limitRouter == ip("10.0.3.1"))
        #expect(found.batches <= 11, "\(found.batches)")
    }

    @Test("a router that lies is found out: what passes counts", arguments: [0, 1300, 1490, 2000, 20])
    func liar(says: Int) {
        let found = NarrowWay(mtu: 1400, says: says).find()
        #expect(found.mtu.bytes == 1400 && found.mtu.behaviour == .reported)
        #expect(found.mtu.toldBytes == (says == 0 ? nil : says))
    }

    @Test(
        "a black hole behind links whose routers tell is told with its own hop; without it, the narrowest link's router is",
        arguments: [1300, 1399, 1400, 68]
    )
    func blackHoleBehindReports(hole: Int) {
        var search = MTUSearch(family: .v4, ceiling: 1500, distance: 12)
        for batch in sequence(state: (), next: { _ in search.next() }).prefix(100) {
            if batch.isEmpty { break }
            var results: [MTUSearch.Probe: MTUSearch.Result] = [:]
            for probe in batch {
                let end = probe.ttl ?? 12
                if probe.bytes > 1450, end > 2 {
                    results[probe] = .tooLarge(told: 1450, router: ip("10.0.2.1"))
                } else if probe.bytes > 1400, end > 5 {
                    results[probe] = .tooLarge(told: 1400, router: ip("10.0.5.1"))
                } else if probe.bytes <= hole || end <= 8 {
                    results[probe] = .answered
                }
            }
            search.settle(results)
        }
        let found = search.result(hops: (1...12).map { (ttl: $0, addresses: [ip("10.0.\($0).1")]) }, method: .icmp)
        #expect(found.bytes == hole && found.toldBytes == nil)
        #expect(found.behaviour == (hole < 1400 ? .blackHole : .reported))
        #expect(found.limitTTL == (hole < 1400 ? 8 : 5))
        #expect(found.limitRouter == ip("10.0.\(hole < 1400 ? 8 : 5).1"))
    }

    @Test(
        "a black hole between two links whose routers tell hangs senders: the second one's report does not hide it",
        arguments: [0, 7]
    )
    func blackHoleBetweenReports(losesEvery: Int) {
        func find(hole: Int) -> PathMTU {
            var search = MTUSearch(family: .v4, ceiling: 1500, distance: 8)
            var packets = 0
            for batch in sequence(state: (), next: { _ in search.next() }).prefix(100) {
                if batch.isEmpty { break }
                var results: [MTUSearch.Probe: MTUSearch.Result] = [:]
                for probe in batch {
                    packets += 1
                    if losesEvery > 0, packets % losesEvery == 0 { continue }
                    let end = probe.ttl ?? 8
                    if probe.bytes > 1480, end > 2 {
                        results[probe] = .tooLarge(told: 1480, router: ip("10.0.2.1"))
                    } else if probe.bytes > hole, end > 4 {
                        continue
                    } else if probe.bytes > 1380, end > 6 {
                        results[probe] = .tooLarge(told: 1380, router: ip("10.0.6.1"))
                    } else {
                        results[probe] = .answered
                    }
                }
                search.settle(results)
            }
            return search.result(hops: (1...8).map { (ttl: $0, addresses: [ip("10.0.\($0).1")]) }, method: .icmp)
        }
        let found = find(hole: 1400)
        #expect(found.bytes == 1380 && found.behaviour == .blackHole && found.toldBytes == nil)
        #expect((1401...1480).contains(found.vanishingBytes ?? 0))
        #expect(found.limitTTL == 4 && found.limitRouter == ip("10.0.4.1"))
        let honest = find(hole: 1500)
        #expect(honest.bytes == 1380 && honest.behaviour == .reported && honest.vanishingBytes == nil)
        #expect(honest.limitTTL == 6)
    }

    @Test("single losses do not make it smaller", arguments: [4, 5, 7])
    func losses(every: Int) {
        #expect(NarrowWay(mtu: 1400, losesEvery: every).find().mtu.bytes == 1400)
        #expect(NarrowWay(mtu: 1500, losesEvery: every).find().mtu.bytes == 1500)
    }

    @Test(
        "nor do losses by chance make it smaller, or a black hole of an honest link: in fewer than 3 of 300 ways that lose 28 %"
    )
    func chance() {
        var wrong = 0
        for seed in 0..<300 {
            var way = NarrowWay(mtu: 1400, says: 1400)
            way.losses = (seed, 28)
            let found = way.find().mtu
            if found.bytes != 1400 || found.behaviour != .reported { wrong += 1 }
        }
        #expect(wrong < 3, "\(wrong)")
    }

    @Test("one size at once finds the same", arguments: [1500, 1499, 1492, 1417, 1400, 900, 68])
    func oneByOne(mtu: Int) {
        var way = NarrowWay(mtu: mtu, isOneByOne: true)
        let hole = way.find()
        #expect(hole.mtu.bytes == mtu && hole.mtu.limitTTL == (mtu == 1500 ? nil : 3))
        #expect(hole.mtu.behaviour == (mtu == 1500 ? .unlimited : .blackHole) && hole.batches <= 30, "\(hole.batches)")
        way.says = mtu
        let told = way.find()
        #expect(told.mtu.bytes == mtu && told.mtu.behaviour == (mtu == 1500 ? .unlimited : .reported))
        #expect(told.batches <= 10, "\(told.batches)")
    }

    @Test(
        "where nothing can be told any more the size is not known, and nothing is called a hole",
        arguments: [0, 1, 3, 6]
    )
    func unknown(after packets: Int) {
        let found = NarrowWay(mtu: 1400, isOneByOne: true, isUnknownAfter: packets).find()
        #expect(found.mtu.bytes == nil && found.mtu.behaviour == nil && found.batches == packets + 1)
        let wide = NarrowWay(mtu: 1500, isOneByOne: true, isUnknownAfter: max(packets, 1)).find()
        #expect(wide.mtu.bytes == 1500 && wide.mtu.behaviour == .unlimited)
    }

    @Test("a target that answers no size leaves it unknown, soon")
    func silent() {
        let found = NarrowWay(mtu: 0).find()
        #expect(found.mtu.bytes == nil && found.mtu.behaviour == nil && found.batches < 20)
    }

    @Test("IPv6 is not searched below 1280")
    func v6() {
        #expect(NarrowWay(mtu: 1400, says: 1400, family: .v6).find().mtu.bytes == 1400)
        #expect(NarrowWay(mtu: 1280, says: 1280, family: .v6).find().mtu.bytes == 1280)
    }
}

@Suite("Direction of a black hole")
struct HoleDirectionTests {
    private func direction(_ answers: (small: Bool, large: Bool)...) -> HoleDirection? {
        var check = HoleCheck()
        for (small, large) in answers { check.note(small: small, large: large) }
        return check.direction
    }

    @Test(
        "a large packet with a small answer proves the way there, and only many that vanish beside small ones disprove it"
    )
    func check() {
        #expect(direction((true, true)) == .back && direction((false, false), (false, true)) == .back)
        #expect(direction((true, false), (true, false), (true, false)) == .forward)
        #expect(direction((true, false), (true, false)) == nil)
        #expect(direction((true, false), (false, false), (true, false)) == nil)
        #expect(direction((false, false), (false, false), (false, false)) == nil && direction() == nil)
    }

    @Test(
        "where a router behind the hole answers small packets it is on the way there; before the target it may be either"
    )
    func routers() {
        let mtu = PathMTU(bytes: 1400, interfaceBytes: 1500, behaviour: .blackHole, limitTTL: 2)
        let answering = [(ttl: 2, answers: true), (ttl: 3, answers: true), (ttl: 4, answers: true)]
        #expect(mtu.isHoleBeforeRouter(answering, distance: 4))
        #expect(!mtu.isHoleBeforeRouter([answering[0], (ttl: 3, answers: false), answering[2]], distance: 4))
        #expect(!mtu.isHoleBeforeRouter(answering, distance: 3))
    }
}
