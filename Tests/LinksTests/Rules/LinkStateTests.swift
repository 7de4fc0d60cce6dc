import Links
import Model
import Testing

@Suite("State of a link")
struct LinkStateTests {
    @Test("no result at all stays unknown, quietly: a link whose scheme has no probe")
    func noProbe() {
        var hand = Hand()
        for _ in 0..<100 {
            hand.seconds += 0.1
            hand.apply(.tick(at: at(hand.seconds)))
        }
        #expect(hand.link?.state == .unknown)
        #expect(hand.changes.isEmpty)
    }

    @Test("every workload missed down_after: down; one of two: at risk")
    func workloads() {
        var hand = Hand()
        hand.warmUp()
        let references = [Hand.references[0]: "++++", Hand.references[1]: "++++"]
        hand.play(references.merging([Hand.flow(0, of: Site.host): "----", Hand.flow(0): "++++"]) { $1 })
        #expect(hand.link?.state == .atRisk)
        #expect(hand.link?.workloads.last?.state == .down)
        #expect(hand.link?.outageStart == nil)
        for flow in 0..<8 { hand.play([Hand.flow(flow): "---", Hand.references[0]: "+++"]) }
        #expect(hand.link?.state == .down)
        #expect(hand.link?.outageStart != nil)
    }

    @Test("an outage runs from the sending of the last answer to that of the first, of the link and of a flow")
    func outage() throws {
        var options = Site.Options()
        options.flows = 1
        var hand = Hand(options)
        hand.warmUp(12)
        let start = hand.seconds - 0.1
        hand.play([
            Hand.flow(0): "-----+", Hand.flow(0, of: Site.host): "------+", Hand.references[0]: "++++++",
        ])
        let outages = hand.changes.compactMap { change -> Outage? in
            if case .outageClosed(_, let outage) = change { outage } else { nil }
        }
        let outage = try #require(outages.first)
        #expect(outages.count == 1)
        #expect(outage.start == at(start))
        #expect(abs(outage.duration.seconds - 0.6) < 0.001)
    }

    @Test("what a stop hid is blind time and no outage")
    func blind() throws {
        var options = Site.Options()
        options.flows = 1
        var hand = Hand(options)
        hand.warmUp()
        let both = { (row: String) in
            [
                Hand.flow(0): row, Hand.flow(0, of: Site.host): row,
                Hand.references[0]: String(repeating: "+", count: row.count),
            ]
        }
        hand.play(both("----"))
        #expect(hand.link?.outageStart != nil)
        let stop = hand.seconds
        hand.seconds += 10
        hand.apply(.blind(from: at(stop), to: at(hand.seconds)))
        hand.play(both("+"))
        let outage = try #require(hand.link?.lastOutage)
        #expect(outage.blind == .seconds(10))
        #expect(abs(outage.duration.seconds - 0.5) < 0.001)
    }

    @Test("a stop of ten seconds while all is well opens no outage and blames nobody")
    func stopped() {
        var hand = Hand()
        hand.warmUp()
        let before = hand.changes.count
        hand.apply(.blind(from: at(hand.seconds), to: at(hand.seconds + 10)))
        hand.seconds += 10
        hand.warmUp(3)
        #expect(hand.link?.state == .protected || hand.link?.state == .atRisk)
        #expect(!hand.changes[before...].contains { if case .path = $0 { true } else { false } })
        #expect(hand.link?.outageStart == nil)
    }

    @Test(
        "workloads that never answered since the start, as after a restart in an outage, are out since the first probe"
    )
    func neverAnswered() {
        var hand = Hand()
        var rows = [Hand.references[0]: "++++++"]
        for flow in 0..<8 { rows[Hand.flow(flow)] = "------" }
        rows[Hand.flow(0, of: Site.host)] = "------"
        hand.play(rows)
        for _ in 0..<20 {
            hand.seconds += 0.1
            hand.apply(.tick(at: at(hand.seconds)))
        }
        #expect(hand.link?.state == .down)
        #expect(hand.link?.outageStart == at(0))
        #expect(hand.link?.workloads.first?.state == .down)
        #expect(hand.link?.workloads.first?.flows.map(\.state) == Array(repeating: .down, count: 8))
        hand.play([Hand.flow(0): "+"])
        #expect(hand.link?.outageStart == nil)
        #expect(hand.link?.lastOutage?.start == at(0))
    }

    /// All flows over the secondary, which falls; the kernel's routes say nothing any more.
    private static func fallOfSecondary() -> Hand {
        var hand = Hand()
        for flow in 0..<8 {
            hand.apply(
                .route(link: Site.link, target: Site.service, flow: flow, Site.route(over: Site.secondary), at: at(0))
            )
        }
        hand.warmUp()
        var rows = [Hand.references[0]: String(repeating: "+", count: 30)]
        for path in [Site.primary, Site.vpn] {
            rows[Hand.through(path)] = String(repeating: "+", count: 30)
            rows[Hand.edge(path)] = String(repeating: "+", count: 30)
        }
        let lost = String(repeating: "-", count: 30)
        for flow in 0..<8 { rows[Hand.flow(flow)] = lost }
        rows[Hand.flow(0, of: Site.host)] = lost
        rows[Hand.through(Site.secondary)] = lost
        rows[Hand.edge(Site.secondary)] = lost
        hand.play(rows)
        return hand
    }

    @Test("a link is down where the path lies that carried its traffic last, although its sibling is up")
    func layerOfLastPath() {
        let hand = Self.fallOfSecondary()
        #expect(hand.state(Site.secondary) == .down && hand.state(Site.primary) == .up)
        #expect(hand.link?.activePaths == nil)
        #expect(hand.link?.state == .down)
        #expect(hand.link?.layer == .provider)
    }

    @Test(
        "after a restart in an outage, paths that never answered yet are no fault of the service, though the VPN is up"
    )
    func layerAfterRestart() {
        var hand = Hand()
        var rows = [Hand.references[0]: "++++++", Hand.through(Site.vpn): "++++++", Hand.edge(Site.vpn): "++++++"]
        for flow in 0..<8 { rows[Hand.flow(flow)] = "------" }
        rows[Hand.flow(0, of: Site.host)] = "------"
        hand.play(rows)
        hand.seconds += 2
        hand.apply(.tick(at: at(hand.seconds)))
        #expect(hand.state(Site.primary) == .unknown && hand.state(Site.vpn) == .up)
        #expect(hand.link?.state == .down)
        #expect(hand.link?.layer == .provider)
    }

    @Test("of two connections in use one falls with every flow that is asked about: the link is down there")
    func layerOfOneOfTwo() {
        var hand = Hand()
        for flow in 0..<8 {
            let path = flow % 2 == 0 ? Site.primary : Site.secondary
            hand.apply(.route(link: Site.link, target: Site.service, flow: flow, Site.route(over: path), at: at(0)))
        }
        hand.warmUp()
        let (lost, good) = (String(repeating: "-", count: 10), String(repeating: "+", count: 10))
        var rows = [Hand.references[0]: good, Hand.through(Site.secondary): lost, Hand.edge(Site.secondary): lost]
        for path in [Site.primary, Site.vpn] { (rows[Hand.through(path)], rows[Hand.edge(path)]) = (good, good) }
        for flow in 0..<8 { rows[Hand.flow(flow)] = lost }
        rows[Hand.flow(0, of: Site.host)] = lost
        hand.play(rows)
        #expect(hand.state(Site.primary) == .up && hand.state(Site.secondary) == .down)
        #expect(hand.link?.state == .down && hand.link?.layer == .provider)
    }

    @Test("lost flows of a workload that answers are the provider's, as their alert says")
    func layerOfLostFlows() {
        var hand = Hand()
        hand.warmUp()
        var rows = [Hand.references[0]: "++++++"]
        for flow in 0..<8 { rows[Hand.flow(flow)] = flow == 3 ? "------" : "++++++" }
        hand.play(rows)
        #expect(hand.link?.state == .atRisk)
        #expect(hand.link?.layer == .provider)
        #expect(hand.link?.owner == .provider)
    }

    @Test("a gap in the evidence does not make a failover begin later, and a move to another tier does")
    func tierSince() {
        func tell(_ hand: inout Hand, over path: PathID) {
            for flow in 0..<8 {
                let route = Site.route(over: path)
                hand.apply(.route(link: Site.link, target: Site.service, flow: flow, route, at: at(hand.seconds)))
            }
            hand.apply(.routesSettled(at: at(hand.seconds)))
        }
        var hand = Hand()
        hand.warmUp()
        tell(&hand, over: Site.vpn)
        let since = hand.link?.activeTierSince
        #expect(hand.link?.activeTier == 2 && since == at(hand.seconds))
        hand.seconds += 3
        hand.apply(.tick(at: at(hand.seconds)))
        #expect(hand.link?.activeTier == nil)
        tell(&hand, over: Site.vpn)
        #expect(hand.link?.activeTier == 2 && hand.link?.activeTierSince == since)
        hand.seconds += 1
        tell(&hand, over: Site.primary)
        #expect(hand.link?.activeTier == 1 && hand.link?.activeTierSince == at(hand.seconds))
    }

    @Test("a flow that is seen for the first time has not moved; one that changes its path has")
    func shifts() {
        func shifts(_ hand: Hand) -> Int { hand.changes.count { if case .shift = $0 { true } else { false } } }
        func tell(_ hand: inout Hand, _ flow: Int, over path: PathID) {
            hand.apply(
                .route(link: Site.link, target: Site.service, flow: flow, Site.route(over: path), at: at(hand.seconds))
            )
        }
        var hand = Hand()
        hand.warmUp()
        tell(&hand, 0, over: Site.primary)
        hand.apply(.routesSettled(at: at(hand.seconds)))
        tell(&hand, 1, over: Site.secondary)
        hand.apply(.routesSettled(at: at(hand.seconds)))
        #expect(hand.link?.activePaths == [Site.primary, Site.secondary])
        #expect(shifts(hand) == 0)
        tell(&hand, 1, over: Site.primary)
        hand.apply(.routesSettled(at: at(hand.seconds)))
        #expect(hand.link?.activePaths == [Site.primary])
        #expect(shifts(hand) == 1)
    }
}
