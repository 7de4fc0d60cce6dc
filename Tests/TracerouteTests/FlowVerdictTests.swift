import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Verdict of parallel flows")
struct FlowVerdictTests {
    private func flow(_ number: Int, _ addresses: [String?], received: Int, path: PathID? = nil) -> TraceFlow {
        TraceFlow(
            number: number,
            sourcePort: UInt16(61_000 + number),
            responders: addresses.map { $0.map { ip($0) } },
            distance: received > 0 ? addresses.count : nil,
            statistics: HopStatistics(sent: 5, roundTrips: Array(repeating: .milliseconds(1), count: received)),
            path: path
        )
    }

    private func verdict(_ flows: [TraceFlow], paths: [PathSpec] = Example.paths, mtu: PathMTU? = nil) -> TraceVerdict {
        let received = flows.reduce(0) { $0 + $1.statistics.received }
        var judge = judgeAfterThreeHops(sent: flows.count * 5, received: received, paths: paths)
        judge.flows = flows
        judge.mtu = mtu
        return judge.verdict
    }

    private let alive = ["10.0.0.1", "172.16.0.2", "10.1.0.4"] as [String?]
    private let dead = ["10.0.0.1", "172.16.0.6"] as [String?]

    @Test("when the flows of one connection die, one of two ExpressRoute links fails, and it is said in those words")
    func oneConnection() {
        let verdict = verdict([
            flow(0, alive, received: 5, path: Example.primary), flow(1, dead, received: 0, path: Example.secondary),
            flow(2, alive, received: 5, path: Example.primary),
        ])
        #expect(
            verdict.sentence
                == "one of two ExpressRoute links fails: 1 of 3 flows to 10.1.0.4 are lost, "
                + "and those that pass take kr-er-01/primary (circuit kr-er-01)."
        )
        #expect(verdict.status == .degraded && verdict.layer == .gateway)
        #expect(verdict.evidence.contains("they end behind hop 2 (172.16.0.6)"))
    }

    @Test("the edge that dead flows end at is theirs, though others meet another one there")
    func ownEdge() {
        var judge = judgeAfterThreeHops(sent: 10, received: 5, paths: Example.paths)
        judge.hops[1].responders.append(.init(address: ip("172.16.0.6"), answers: 1))
        judge.flows = [
            flow(0, alive, received: 5, path: Example.primary), flow(1, dead, received: 0, path: Example.secondary),
        ]
        let evidence = judge.verdict.evidence
        #expect(evidence.contains("172.16.0.6 is the Microsoft edge of kr-er-01/secondary"))
        #expect(!evidence.contains { $0.contains("172.16.0.2") })
    }

    @Test("an edge that refuses its flows is told with its word, and it is the way there")
    func refusingEdge() {
        var refused = flow(1, dead, received: 0, path: Example.secondary)
        refused.refusal = .adminProhibited
        let verdict = verdict([flow(0, alive, received: 5, path: Example.primary), refused])
        #expect(verdict.sentence.hasPrefix("one of two ExpressRoute links fails: 1 of 2 flows"))
        #expect(verdict.layer == .microsoftEdge)
        #expect(
            verdict.evidence.contains(
                "hop 2 (172.16.0.6) answers that 10.1.0.4 is \(ICMPErrorKind.adminProhibited.text)"
            )
        )
        #expect(!verdict.evidence.contains { $0.contains("way back") })
    }

    @Test("what is refused behind the hop that parts the flows is no matter of the way back, and two words are none")
    func refusedBehindParting() {
        let left = ["10.0.0.1", "10.5.0.1", "172.16.0.2", "10.1.0.4"] as [String?]
        var refused = [1, 2].map {
            flow($0, ["10.0.0.1", "10.5.0.2", "172.16.0.6"], received: 0, path: Example.secondary)
        }
        for index in refused.indices { refused[index].refusal = .adminProhibited }
        let told = verdict([flow(0, left, received: 5, path: Example.primary)] + refused)
        #expect(!told.sentence.contains("way back") && told.layer == .microsoftEdge)
        refused[1].refusal = .hostUnreachable
        let either = verdict([flow(0, left, received: 5, path: Example.primary)] + refused)
        #expect(either.evidence.contains("they end behind hop 3 (172.16.0.6)"))
    }

    @Test("flows that somebody before the target resets are no open port for all")
    func partialReset() {
        var judge = judgeAfterThreeHops(sent: 10, received: 10, paths: Example.paths)
        var accepted = flow(0, alive, received: 5, path: Example.primary)
        accepted.reply = .synAck
        var reset = flow(1, dead, received: 5, path: Example.secondary)
        reset.reply = .reset
        (judge.flows, judge.isTCP, judge.port) = ([accepted, reset], true, 443)
        #expect(
            judge.verdict.sentence
                == "port 443 of 10.1.0.4 is open for 1 of 2 flows, the others are reset (RST) before they reach it."
        )
        #expect(judge.verdict.status == .degraded)
        #expect(judge.verdict.evidence.first == "flows that are reset: 1, over kr-er-01/secondary")
        // From the target itself: it may still hold the connection before.
        reset.distance = 3
        judge.flows = [accepted, reset]
        #expect(judge.verdict.status == .reached)
    }

    @Test("of flows that are spread the kernel's route, which is of one, names no path for all")
    func spreadOnTheEdge() {
        let identity = PathNaming(paths: Example.paths, links: Example.links).identity(
            of: ip("10.1.0.4"),
            host: "10.1.0.4",
            hops: hops("172.16.0.2"),
            route: Example.route(gateway: "172.16.0.2"),
            flows: [
                flow(0, alive, received: 5, path: Example.primary), flow(1, dead, received: 5, path: Example.secondary),
            ]
        )
        #expect(identity.isSpread && identity.path == nil)
        #expect(identity.candidates == [Example.primary, Example.secondary])
    }

    @Test("of flows that end before the circuit, beside a router that is none of it, no link of the circuit is named")
    func beforeCircuit() {
        let alive = ["10.0.0.1", "10.0.5.1", "172.16.0.2", "10.1.0.4"] as [String?]
        let verdict = verdict([
            flow(0, alive, received: 5, path: Example.primary), flow(1, ["10.0.0.1"], received: 0),
        ])
        #expect(verdict.sentence.hasPrefix("one of the parallel links fails: 1 of 2 flows"))
    }

    @Test("a hole that segments are too small for does not make TCP hang")
    func holeOverSegments() {
        var mtu = PathMTU(bytes: 1400, interfaceBytes: 1500, behaviour: .blackHole, limitTTL: 2)
        mtu.direction = .forward
        var judge = judgeAfterThreeHops(sent: 1, received: 1)
        judge.mtu = mtu
        judge.segmentSize = SegmentSize(announced: 1350, family: .v4, mtu: mtu)
        #expect(judge.verdict.status == .degraded && judge.verdict.sentence.contains("TCP keeps below"))
        judge.segmentSize = SegmentSize(announced: 1460, family: .v4, mtu: mtu)
        #expect(judge.verdict.sentence.contains("connections will hang"))
    }

    @Test(
        "a kernel that refuses probes in the middle is a fault of this host, whatever was answered",
        arguments: [true, false]
    )
    func refused(isLasting: Bool) {
        var judge = judgeAfterThreeHops(sent: 15, received: 15, localRefusal: .noRoute)
        judge.refused = (25, isLasting)
        #expect(judge.verdict.status == (isLasting ? .unreachable : .degraded) && judge.verdict.layer == .host)
        #expect(judge.verdict.evidence == ["the kernel refused 25 probes with no_route"])
    }

    @Test("without a circuit it is one of the parallel links")
    func anyLink() {
        let verdict = verdict([flow(0, alive, received: 5), flow(1, dead, received: 0)], paths: [])
        #expect(verdict.sentence.hasPrefix("one of the parallel links fails: 1 of 2 flows"))
    }

    @Test("of a target that limits its errors only flows that end before it are lost")
    func limitedTarget() {
        var judge = judgeAfterThreeHops(sent: 15, received: 1)
        judge.targetLimit = .shown
        judge.flows = [flow(0, alive, received: 1), flow(1, alive, received: 0), flow(2, dead, received: 0)]
        #expect(judge.verdict.status == .reached)
        judge.flows[2].isCutOff = true
        #expect(
            judge.verdict.sentence
                == "one of the parallel links fails: 1 of 2 flows to 10.1.0.4 are lost, the others pass."
        )
    }

    @Test("one lost probe makes a flow dead only where others prove that its link is")
    func fewProbes() {
        var single = TraceFlow(
            number: 1,
            responders: [],
            distance: nil,
            statistics: HopStatistics(sent: 1, roundTrips: [])
        )
        #expect(!single.isDead)
        single.isCutOff = true
        #expect(single.isDead)
    }

    @Test("flows of both connections that all die, or one lost probe, are no partial failure")
    func noPartialFailure() {
        #expect(!verdict([flow(0, dead, received: 0), flow(1, dead, received: 0)]).sentence.contains("links fails"))
        #expect(!verdict([flow(0, alive, received: 5), flow(1, alive, received: 4)]).sentence.contains("links fails"))
    }

    @Test("flows over both connections are named, and contradict nobody")
    func spread() {
        let naming = PathNaming(paths: Example.paths, links: Example.links)
        let flows = [
            flow(0, alive, received: 5, path: Example.primary), flow(1, dead, received: 5, path: Example.secondary),
        ]
        let identity = naming.identity(
            of: ip("10.1.0.4"),
            host: "10.1.0.4",
            hops: hops("10.0.0.1", "172.16.0.2"),
            route: nil,
            flows: flows
        )
        #expect(identity.isSpread && !identity.isContradictory && identity.path == nil)
        #expect(identity.candidates == [Example.primary, Example.secondary])
        #expect(identity.evidence.contains("the flows are spread: 1 over kr-er-01/primary, 1 over kr-er-01/secondary"))
        #expect(naming.path(ofHops: [ip("10.0.0.1"), nil, ip("172.16.0.6")]) == Example.secondary)
        #expect(naming.path(ofHops: [ip("172.16.0.2"), ip("172.16.0.6")]) == nil)
    }

    @Test("a black hole degrades a target that is reached; a router that tells does not")
    func blackHole() {
        let flows = [flow(0, alive, received: 5)]
        var mtu = PathMTU(bytes: 1400, interfaceBytes: 1500, behaviour: .blackHole, limitTTL: 2)
        mtu.limitRouter = ip("172.16.0.2")
        mtu.direction = .forward
        let hole = verdict(flows, mtu: mtu)
        #expect(hole.status == .degraded && hole.sentence.contains("packets over 1400 bytes vanish"))
        #expect(hole.layer == .gateway)
        mtu.behaviour = .reported
        #expect(verdict(flows, mtu: mtu).status == .reached)
    }

    @Test("a hole on the way back is said to be there, and one of either way names no owner")
    func holeDirection() {
        let flows = [flow(0, alive, received: 5)]
        var mtu = PathMTU(bytes: 1400, interfaceBytes: 1500, behaviour: .blackHole, limitTTL: 2)
        let either = verdict(flows, mtu: mtu)
        #expect(either.status == .degraded && either.layer == nil)
        #expect(either.evidence.contains { $0.contains("on the way there or") })
        mtu.direction = .back
        let back = verdict(flows, mtu: mtu)
        #expect(back.status == .degraded && back.layer == nil)
        #expect(back.sentence.contains("its answers over 1400 bytes vanish on the way back"))
        #expect(!SegmentSize(announced: 1460, family: .v4, mtu: mtu).isTooLarge)
    }

    @Test(
        "flows that die behind a router which all pass are lost there or on their way back, and no link before it is named"
    )
    func behindBoth() {
        let (left, right, join) = ("172.16.0.2", "172.16.0.6", "10.2.0.1")
        let verdict = verdict([
            flow(0, ["10.0.0.1", left, join, "10.1.0.4"], received: 5, path: Example.primary),
            flow(1, ["10.0.0.1", right, join], received: 0, path: Example.secondary),
        ])
        #expect(!verdict.sentence.contains("ExpressRoute") && verdict.sentence.contains("on their way back"))
        #expect(verdict.layer == nil && verdict.status == .degraded)
    }

    @Test("the link that loses a part is named by its connections, or by its router")
    func partialLoss() {
        var judge = judgeAfterThreeHops(sent: 15, received: 12, paths: Example.paths)
        judge.flows = [
            flow(0, alive, received: 5, path: Example.primary), flow(1, alive, received: 2, path: Example.secondary),
            flow(2, alive, received: 5, path: Example.primary),
        ]
        #expect(judge.verdict.sentence == "10.1.0.4 answers in 3 hops, but 3 of 15 probes were lost.")
        judge.lossyLink = LossyLink(ttl: 2, router: ip("172.16.0.6"), members: [1], others: [0, 2])
        judge.lossyLink?.own = .init(sent: 5, received: 2)
        judge.lossyLink?.rest = .init(sent: 10, received: 10)
        #expect(
            judge.verdict.sentence
                == "one of two ExpressRoute links loses packets to 10.1.0.4: kr-er-01/secondary loses 60% (3 of 5 probes), "
                + "kr-er-01/primary 0 of 10 (circuit kr-er-01)."
        )
        #expect(judge.verdict.status == .degraded)
        #expect(judge.verdict.evidence.first == "it is that of hop 2 (172.16.0.6); flows over it: 1")
        judge.paths = []
        for index in judge.flows.indices { judge.flows[index].path = nil }
        #expect(
            judge.verdict.sentence
                == "one of the parallel links to 10.1.0.4 loses 60% (3 of 5 probes), the others 0 of 10."
        )
    }

    @Test(
        "a link that is proven to lose a part is named however many others, which lose nothing, make the mean look well"
    )
    func lossyLinkAmongMany() {
        var judge = judgeAfterThreeHops(sent: 320, received: 305)
        judge.flows = (0..<16).map { flow($0, alive, received: 20) }
        judge.lossyLink = LossyLink(ttl: 2, router: ip("172.16.0.6"), members: [1], others: [0, 2])
        judge.lossyLink?.own = .init(sent: 40, received: 25)
        judge.lossyLink?.rest = .init(sent: 280, received: 280)
        #expect(judge.verdict.status == .degraded)
        #expect(
            judge.verdict.sentence
                == "one of the parallel links to 10.1.0.4 loses 37.5% (15 of 40 probes), the others 0 of 280."
        )
        // Less than what counts as degraded.
        judge.lossyLink?.own = .init(sent: 400, received: 385)
        #expect(judge.verdict.status == .reached)
    }

    @Test("where every probe was answered is said of hops without a gap")
    func lossStart() {
        var way = hops("10.0.0.1", "172.16.0.2", "172.16.0.6", "10.1.0.4")
        for index in way.indices {
            let received = index == 1 ? 8 : 10
            way[index].statistics = HopStatistics(
                sent: 10,
                roundTrips: Array(repeating: .milliseconds(1), count: received)
            )
        }
        let judge = TraceJudge(
            target: ip("10.1.0.4"),
            hops: way,
            statistics: HopStatistics(sent: 10, roundTrips: Array(repeating: .milliseconds(1), count: 8)),
            distance: 4
        )
        #expect(judge.verdict.evidence.contains("up to hop 1 every probe was answered"))
    }

    @Test("a router that refuses what it was to forward is named at its own hop")
    func refusalInForwarding() {
        var way = hops("10.0.0.1", "172.16.0.2", "172.16.0.2")
        for index in 0...1 { way[index].answer = .ttlExceeded }
        way[2].answer = .unreachable(.portUnreachable)
        let judge = TraceJudge(target: ip("10.1.0.4"), hops: way, statistics: HopStatistics(), distance: nil)
        #expect(judge.verdict.sentence.hasPrefix("hop 2 (172.16.0.2) answers that 10.1.0.4 "))
    }

    @Test("a target that refuses is said to do so itself; a router says it of the target")
    func refusal() {
        var way = hops("10.0.0.1", "10.1.0.4")
        way[1].answer = .unreachable(.hostUnreachable)
        let itself = TraceJudge(target: ip("10.1.0.4"), hops: way, statistics: HopStatistics(), distance: nil).verdict
        #expect(itself.sentence == "10.1.0.4 itself, at hop 2, refuses the probes: host unreachable.")
        #expect(itself.status == .unreachable && itself.layer == .service)
        let router = TraceJudge(target: ip("10.1.0.5"), hops: way, statistics: HopStatistics(), distance: nil).verdict
        #expect(router.sentence == "hop 2 (10.1.0.4) answers that 10.1.0.5 is a host that it cannot reach.")
    }

    @Test("an MSS below Ethernet's is clamped, and one over the path MTU is too large")
    func segmentSize() {
        let mtu = PathMTU(bytes: 1400, interfaceBytes: 1500, behaviour: .blackHole)
        let clamped = SegmentSize(announced: 1350, family: .v4, mtu: mtu)
        #expect(clamped.isClamped && !clamped.isTooLarge && clamped.fitting == 1360)
        let large = SegmentSize(announced: 1460, family: .v4, mtu: mtu)
        #expect(!large.isClamped && large.isTooLarge)
        #expect(
            SegmentSize(announced: 1440, family: .v6, mtu: nil) == SegmentSize(announced: 1440, family: .v6, mtu: nil)
        )
    }
}

@Suite("What a hop shows")
struct HopRemarkTests {
    @Test(
        "the remaining TTL tells the length of the way back",
        arguments: [(64, 1), (62, 3), (126, 3), (255, 1), (1, 64)]
    )
    func returnHops(ttl: Int, back: Int) {
        var hop = TraceHop(ttl: 3)
        hop.replyTTL = UInt8(ttl)
        #expect(hop.returnHops == back && hop.isAsymmetric == (abs(back - 3) >= 2))
    }

    @Test("a router that answers less than what lies behind it limits itself; the last one and a silent one do not")
    func rateLimit() {
        let network = SimulatedNetwork.line(distance: 4) { ttl, round in
            (ttl == 2 && round > 3) || ttl == 3 || (ttl == 4 && round == 9)
        }
        let hops = Simulation(TracePlan(), network).state.hops
        #expect(hops.map(\.isRateLimited) == [false, true, false, false])
    }

    @Test("behind a link that loses some packets each hop answers as its own were lucky, and none is rate-limited")
    func lossyLink() {
        let lucky = [7: 5, 8: 8, 9: 7, 10: 8, 11: 8, 12: 7]
        let network = SimulatedNetwork.line(distance: 12) { ttl, round in
            (round * 7 + ttl * 3) % 10 >= lucky[ttl, default: 10]
        }
        let hops = Simulation(TracePlan(), network).state.hops
        #expect(hops.map(\.statistics.received) == Array(repeating: 10, count: 6) + [5, 8, 7, 8, 8, 7])
        #expect(hops.allSatisfy { !$0.isRateLimited })
    }

    @Test("a limit is told from chance, by all behind and by the best of them")
    func rateLimitCounts() {
        func isBelow(_ own: (Int, Int), _ behind: (Int, Int)...) -> Bool {
            RateLimits.isBelow(
                .init(sent: own.1, received: own.0),
                behind: behind.map { .init(sent: $0.1, received: $0.0) }
            )
        }
        #expect(isBelow((5, 10), (10, 10), (10, 10), (10, 10)))
        #expect(!isBelow((9, 10), (10, 10)) && !isBelow((5, 10), (7, 10), (8, 10)))
        // Nothing is lost behind it: three of ten are no chance.
        #expect(isBelow((6, 10), (10, 10)) && isBelow((7, 10), (10, 10)) && !isBelow((8, 10), (10, 10)))
        #expect(!isBelow((57, 60), (60, 60)))
        // Those behind that limit themselves too do not hide it.
        #expect(isBelow((20, 100), (100, 100), (5, 100), (5, 100), (5, 100)))
        #expect(isBelow((3, 10), (0, 10), (9, 10)))
        #expect(!isBelow((3, 10)) && !isBelow((0, 0), (1, 1)) && !isBelow((0, 10), (0, 10)))
    }

    @Test("where those before it lose as much, it is the way that loses; but for a bucket that is full at first")
    func rateLimitAfterLoss() {
        func isBelow(leading: Int) -> Bool {
            let before = [(10, 10), (8, 10), (9, 10), (8, 10)].map { RateLimits.Count(sent: $0.1, received: $0.0) }
            let behind = [RateLimits.Count(sent: 10, received: 10)]
            return RateLimits.isBelow(.init(sent: 10, received: 7), leading: leading, behind: behind, before: before)
        }
        #expect(!isBelow(leading: 0) && !isBelow(leading: 4) && isBelow(leading: 6))
    }

    @Test("of 300 traces through a link that loses at random, at most 12 show a limit that is none")
    func rateLimitFalsePositives() {
        for share in [8, 20] {
            var wrong = 0
            for trial in 0..<300 {
                let network = SimulatedNetwork.line(distance: 9) { ttl, round in
                    var generator = SeededGenerator(seed: UInt64(trial << 32 | ttl << 16 | round))
                    return ttl > 2 && Int.random(in: 0..<100, using: &generator) < share
                }
                let hops = Simulation(TracePlan(), network).state.hops
                if hops.contains(where: \.isRateLimited) { wrong += 1 }
            }
            #expect(wrong <= 12, "\(share) %: \(wrong)")
        }
    }

    @Test("a way that breaks in the middle of the trace makes nobody rate-limited")
    func brokenWay() {
        let network = SimulatedNetwork.line(distance: 5) { ttl, round in ttl >= 3 && round > 5 }
        #expect(Simulation(TracePlan(), network).state.hops.allSatisfy { !$0.isRateLimited })
    }

    @Test("the known way keeps what was seen once, and tells another router or length")
    func knownWay() {
        var way = KnownWay([ip("10.0.0.1"), nil, ip("10.1.0.4")])
        let hash = way.hash
        let more = way.update([nil, ip("10.0.0.2"), ip("10.1.0.4")])
        #expect(!more && way.hash != hash)
        #expect(way.text == "10.0.0.1 > 10.0.0.2 > 10.1.0.4")
        let other = way.update([ip("10.0.0.1"), ip("10.0.0.9"), ip("10.1.0.4")])
        let shorter = way.update([ip("10.0.0.1"), ip("10.1.0.4")])
        #expect(other && shorter)
        var silent = KnownWay([nil, ip("10.1.0.4")], interface: "er0")
        let same = silent.update([ip("10.0.0.1"), ip("10.1.0.4")], interface: "er0")
        let moved = silent.update([ip("10.0.0.1"), ip("10.1.0.4")], interface: "vpn0")
        #expect(!same && moved)
    }
}
