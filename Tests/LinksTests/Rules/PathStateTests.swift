import Links
import Model
import Testing
import Wire

/// One row of the table: what the probes of the primary show after a good start, and its state then.
struct PathRow: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var through: String
    var edge: String
    /// Through probes of the secondary and of the VPN.
    var secondary: String
    var vpn: String
    var expected: PathState
    var layer: Layer?

    init(
        _ description: String,
        through: String,
        edge: String,
        secondary: String,
        vpn: String,
        _ expected: PathState,
        _ layer: Layer? = nil
    ) {
        testDescription = description
        self.through = through
        self.edge = edge
        self.secondary = secondary
        self.vpn = vpn
        self.expected = expected
        self.layer = layer
    }

    static let table = [
        PathRow("all answer", through: "+++", edge: "+++", secondary: "+++", vpn: "+++", .up),
        PathRow("two losses", through: "--", edge: "--", secondary: "++", vpn: "++", .up),
        PathRow(
            "three losses and the edge too",
            through: "---",
            edge: "---",
            secondary: "+++",
            vpn: "+++",
            .down,
            .provider
        ),
        PathRow(
            "three losses, edge well, sibling reaches",
            through: "---",
            edge: "+++",
            secondary: "+++",
            vpn: "---",
            .down,
            .microsoftEdge
        ),
        PathRow(
            "three losses, edge well, another tier reaches",
            through: "---",
            edge: "+++",
            secondary: "---",
            vpn: "+++",
            .down,
            .gateway
        ),
        PathRow(
            "three losses, edge well, nobody reaches",
            through: "----",
            edge: "++++",
            secondary: "----",
            vpn: "----",
            .unknown,
            .gateway
        ),
        PathRow("loss, answer, losses", through: "--+--", edge: "-----", secondary: "+++++", vpn: "+++++", .up),
        PathRow("a spoiled sample breaks no run", through: "--?-", edge: "--?-", secondary: "++++", vpn: "++++", .down),
        PathRow("spoiled samples are no losses", through: "-??", edge: "-??", secondary: "+++", vpn: "+++", .up),
        PathRow(
            "nine answers after a fall",
            through: "---+++++++++",
            edge: "---+++++++++",
            secondary: "++++++++++++",
            vpn: "+",
            .down
        ),
        PathRow(
            "ten answers after a fall",
            through: "---++++++++++",
            edge: "---++++++++++",
            secondary: "+++++++++++++",
            vpn: "+",
            .up
        ),
        PathRow("edge silent, through well", through: "+++++", edge: "-----", secondary: "+++++", vpn: "+++++", .up),
    ]
}

@Suite("State of a path")
struct PathStateTests {
    @Test("what the probes show decides", arguments: PathRow.table)
    func table(row: PathRow) {
        var hand = Hand()
        hand.warmUp()
        let references = Dictionary(
            uniqueKeysWithValues: Hand.references.map { ($0, String(repeating: "+", count: 13)) }
        )
        hand.play(
            references.merging([
                Hand.through(Site.primary): row.through, Hand.edge(Site.primary): row.edge,
                Hand.through(Site.secondary): row.secondary, Hand.through(Site.vpn): row.vpn,
            ]) { $1 }
        )
        #expect(hand.state(Site.primary) == row.expected)
        if let layer = row.layer { #expect(hand.path(Site.primary)?.layer == layer) }
    }

    @Test("a path that was never judged is up at the first answer")
    func firstAnswer() {
        var hand = Hand()
        #expect(hand.state(Site.primary) == .unknown)
        hand.play([Hand.through(Site.primary): "+"])
        #expect(hand.state(Site.primary) == .up)
    }

    @Test("a target that never answered over any path takes no path down")
    func unverified() {
        var hand = Hand()
        hand.play([
            Hand.edge(Site.primary): "++++++", Hand.through(Site.primary): "------",
            Hand.through(Site.secondary): "------",
            Hand.references[0]: "++++++",
        ])
        #expect(hand.state(Site.primary) == .unknown)
        hand.play([Hand.edge(Site.primary): "----", Hand.through(Site.primary): "----"])
        #expect(hand.state(Site.primary) == .unknown)
    }

    @Test("a path whose probes never could leave is unknown, whatever its siblings reach, and mends itself")
    func neverLeft() {
        var hand = Hand()
        let well = [Hand.through(Site.secondary): "++++++", Hand.references[0]: "++++++"]
        hand.play(well.merging([Hand.through(Site.primary): "xxxxxx", Hand.edge(Site.primary): "xxxxxx"]) { $1 })
        #expect(hand.state(Site.primary) == .unknown)
        #expect(hand.path(Site.primary)?.layer == .host)
        hand.play([Hand.through(Site.primary): "--", Hand.through(Site.secondary): "++"])
        #expect(hand.state(Site.primary) == .unknown)
        hand.play([Hand.through(Site.primary): "+"])
        #expect(hand.state(Site.primary) == .up)
    }

    @Test("losses of packets that never left, or behind the gateway, make no path degraded that comes up after them")
    func notDegraded() {
        var hand = Hand()
        hand.play([
            Hand.through(Site.primary): String(repeating: "x", count: 100),
            Hand.through(Site.secondary): String(repeating: "+", count: 100),
        ])
        hand.play([Hand.through(Site.primary): String(repeating: "+", count: 310)])
        #expect(hand.state(Site.primary) == .up)

        let edges = [Site.primary, Site.secondary].map(Hand.edge)
        var rows = Dictionary(uniqueKeysWithValues: edges.map { ($0, String(repeating: "+", count: 90)) })
        let paths = [Site.primary, Site.secondary, Site.vpn]
        for path in paths { rows[Hand.through(path)] = String(repeating: "-", count: 90) }
        hand.play(rows)
        #expect(hand.state(Site.primary) == .unknown)
        hand.play(
            Dictionary(uniqueKeysWithValues: paths.map { (Hand.through($0), String(repeating: "+", count: 310)) })
        )
        #expect(hand.state(Site.primary) == .up)
        #expect(!hand.changes.contains { if case .path(_, _, _, .degraded, _, _) = $0 { true } else { false } })
    }

    @Test("strict reverse-path filtering on the way of the answers is the host's, not Microsoft's")
    func strictFilter() {
        var hand = Hand()
        hand.warmUp()
        hand.play([Hand.through(Site.vpn): "---", Hand.edge(Site.vpn): "+++", Hand.through(Site.primary): "+++"])
        #expect(hand.state(Site.vpn) == .down && hand.path(Site.vpn)?.owner == .microsoft)
        hand.apply(.strictFilter(path: Site.vpn, interface: "ipsec0", at: at(hand.seconds)))
        #expect(hand.path(Site.vpn)?.layer == .host && hand.path(Site.vpn)?.owner == .customer)
        #expect(hand.path(Site.vpn)?.evidence.last?.text.contains("rp_filter=1) on ipsec0") == true)
        // Nor does a reload that changes something else make it so.
        var topology = Site.topology()
        for provider in [nil, "lg"] {
            for index in topology.paths.indices { topology.paths[index].provider = provider }
            hand.model.reconfigure(topology: topology, at: at(hand.seconds))
            hand.play([Hand.through(Site.vpn): "---", Hand.edge(Site.vpn): "+++", Hand.through(Site.primary): "+++"])
            #expect(hand.state(Site.vpn) == .down && hand.path(Site.vpn)?.layer == .host)
        }
    }

    @Test("a VPN of which nothing answers is the customer's to look at; a gateway that answers IKE is told")
    func deadTunnel() {
        var hand = Hand()
        hand.warmUp()
        hand.play([Hand.through(Site.vpn): "---", Hand.edge(Site.vpn): "---", Hand.through(Site.primary): "+++"])
        #expect(hand.state(Site.vpn) == .down)
        #expect(hand.path(Site.vpn)?.layer == .customerEdge && hand.path(Site.vpn)?.owner == .customer)
        hand.apply(.gateway(path: Site.vpn, host: "20.41.0.10", isAnswering: true, at: at(hand.seconds)))
        #expect(hand.path(Site.vpn)?.evidence.last?.text == "its gateway 20.41.0.10 answers IKE")
        hand.apply(.gateway(path: Site.vpn, host: "20.41.0.10", isAnswering: false, at: at(hand.seconds)))
        #expect(hand.path(Site.vpn)?.evidence.contains { $0.text.contains("IKE") } == false)
    }

    @Test("the edge of a lost connection that comes back before its through probes blames nobody behind it")
    func edgeReturnsFirst() {
        var hand = Hand()
        hand.warmUp()
        let others = [Hand.through(Site.secondary): "+++", Hand.references[0]: "+++"]
        hand.play(others.merging([Hand.through(Site.primary): "---", Hand.edge(Site.primary): "---"]) { $1 })
        #expect(hand.state(Site.primary) == .down && hand.path(Site.primary)?.owner == .provider)
        hand.play(others.merging([Hand.through(Site.primary): "---", Hand.edge(Site.primary): "+++"]) { $1 })
        #expect(hand.state(Site.primary) == .down && hand.path(Site.primary)?.owner == .provider)
        // Where it stays so, what is behind the edge is at fault.
        let long = others.mapValues { _ in String(repeating: "+", count: 20) }
        let silent = String(repeating: "-", count: 20)
        let answering = String(repeating: "+", count: 20)
        hand.play(long.merging([Hand.through(Site.primary): silent, Hand.edge(Site.primary): answering]) { $1 })
        #expect(hand.path(Site.primary)?.layer == .microsoftEdge)
    }

    @Test("what keeps a link at risk is told anew when it changes, although the state does not")
    func evidenceFollows() {
        var hand = Hand()
        hand.warmUp()
        hand.play([Hand.through(Site.vpn): "---", Hand.edge(Site.vpn): "---", Hand.through(Site.primary): "+++"])
        #expect(hand.link?.state == .atRisk && hand.link?.evidence.map(\.text) == ["\(Site.vpn) is down"])
        let since = hand.link?.since
        hand.play([
            Hand.through(Site.primary): "---", Hand.edge(Site.primary): "---", Hand.through(Site.secondary): "+++",
            Hand.references[0]: "+++",
        ])
        #expect(hand.link?.state == .atRisk && hand.link?.since == since)
        #expect(hand.link?.evidence.map(\.text) == ["\(Site.primary) is down", "\(Site.vpn) is down"])
        #expect(hand.link?.layer == .provider && hand.link?.owner == .provider)
    }

    @Test("a path whose probes find no route any more is down, and the route is the customer's")
    func routeGone() {
        var hand = Hand()
        hand.warmUp()
        hand.play([
            Hand.through(Site.primary): "xxx", Hand.edge(Site.primary): "xxx", Hand.through(Site.secondary): "+++",
            Hand.references[0]: "+++",
        ])
        #expect(hand.state(Site.primary) == .down)
        #expect(hand.path(Site.primary)?.layer == .route)
        #expect(hand.path(Site.primary)?.owner == .customer)
    }

    @Test("a path whose edge answers while nothing leads behind it is unknown: no circuit is lost by a host's routes")
    func edgeWithoutRoute() {
        var hand = Hand()
        hand.warmUp()
        hand.play([
            Hand.through(Site.primary): "xxx", Hand.edge(Site.primary): "+++", Hand.through(Site.secondary): "+++",
            Hand.references[0]: "+++",
        ])
        #expect(hand.state(Site.primary) == .unknown)
        #expect(hand.path(Site.primary)?.layer == .route)
    }

    @Test("of a VPN with several edges the lost tunnels are named while another carries")
    func lostTunnels() {
        var topology = Site.topology()
        let second = target("icmp://10.1.255.31")
        topology.paths[2].edge.append(
            ProbeSpec(target: second, interval: .milliseconds(100), timeout: .milliseconds(100))
        )
        var hand = Hand(topology)
        hand.warmUp()
        let other = ProbeKey(path: Site.vpn.rawValue, role: .edge, target: second)
        hand.play([Hand.through(Site.vpn): "+++", Hand.edge(Site.vpn): "+++", other: "---"])
        #expect(hand.model.snapshot().paths.last?.lostTunnels == [second])
        hand.play([Hand.edge(Site.vpn): "---", other: "---"])
        #expect(hand.model.snapshot().paths.last?.lostTunnels == [])
    }

    @Test("an interface that vanishes takes its path down at once, and one that never was leaves it unknown")
    func interface() {
        func observation(_ exists: Bool) -> InterfaceObservation {
            InterfaceObservation(name: "eth1", exists: exists, isUp: exists, hasCarrier: exists)
        }
        var hand = Hand()
        hand.apply(.interface(observation(false), at: at(0)))
        #expect(hand.state(Site.primary) == .unknown)
        hand.apply(.interface(observation(true), at: at(0.1)))
        hand.warmUp()
        #expect(hand.state(Site.primary) == .up)
        hand.apply(.interface(observation(false), at: at(2)))
        #expect(hand.state(Site.primary) == .down)
        #expect(hand.path(Site.primary)?.owner == .customer)
    }

    @Test("BFD takes a path down at once, but not by the state in which every session begins")
    func bfd() {
        var options = Site.Options()
        options.bfd = .session
        var hand = Hand(options)
        hand.apply(.bfd(path: Site.primary, .down, at: at(0)))
        hand.warmUp()
        #expect(hand.state(Site.primary) == .up)
        hand.apply(.bfd(path: Site.primary, .up, at: at(2)))
        hand.apply(.bfd(path: Site.primary, .adminDown, at: at(2.1)))
        #expect(hand.state(Site.primary) == .up)
        hand.apply(.bfd(path: Site.primary, .down, at: at(2.2)))
        #expect(hand.state(Site.primary) == .down)
        hand.apply(.bfd(path: Site.primary, nil, at: at(2.3)))
        hand.play([Hand.through(Site.primary): "+++++++++++"])
        #expect(hand.state(Site.primary) == .up, "a session that nobody sees any more says nothing")
    }

    @Test("without through probes the edge alone decides")
    func edgeOnly() {
        var options = Site.Options()
        options.hasThrough = false
        var hand = Hand(options)
        hand.warmUp()
        #expect(hand.state(Site.primary) == .up)
        hand.play([Hand.edge(Site.primary): "---", Hand.edge(Site.secondary): "+++", Hand.references[0]: "+++"])
        #expect(hand.state(Site.primary) == .down)
        #expect(hand.state(Site.secondary) == .up)
    }

    @Test("a path whose return is not proven is unknown while the tier above is down, and down when it is not")
    func returnNotProven() {
        var options = Site.Options()
        options.vpnReturns = false
        let lost = [Hand.through(Site.vpn): "----", Hand.edge(Site.vpn): "----", Hand.references[0]: "++++"]
        var alone = Hand(options)
        alone.warmUp()
        alone.apply(.arrival(path: Site.vpn, interface: "eth1", at: at(alone.seconds)))
        alone.play(lost.merging([Hand.through(Site.primary): "++++"]) { $1 })
        #expect(alone.state(Site.vpn) == .down)
        var both = Hand(options)
        both.warmUp()
        both.apply(.arrival(path: Site.vpn, interface: "eth1", at: at(both.seconds)))
        var rows = lost
        for path in [Site.primary, Site.secondary] {
            rows[Hand.through(path)] = "----"
            rows[Hand.edge(path)] = "----"
        }
        both.play(rows)
        #expect(both.state(Site.vpn) == .unknown)
    }

    @Test("an unresolved next hop is the customer edge, not the circuit")
    func neighbour() {
        var hand = Hand()
        hand.warmUp()
        let route = RouteObservation(verdict: .route(interface: "eth1", gateway: nil, source: nil), neighbour: .failed)
        hand.apply(.pinRoute(path: Site.primary, route, at: at(hand.seconds)))
        hand.play([Hand.through(Site.primary): "---", Hand.edge(Site.primary): "---", Hand.references[0]: "+++"])
        #expect(hand.path(Site.primary)?.layer == .customerEdge)
        #expect(hand.path(Site.primary)?.owner == .customer)
    }

    @Test("after a fall by its interface a path needs up_after answers like after any other")
    func interfaceReturns() {
        func observation(_ isUp: Bool) -> InterfaceObservation {
            InterfaceObservation(name: "eth1", exists: true, isUp: isUp, hasCarrier: isUp)
        }
        var hand = Hand()
        hand.apply(.interface(observation(true), at: at(0)))
        hand.warmUp(20)
        hand.apply(.interface(observation(false), at: at(hand.seconds)))
        hand.apply(.interface(observation(true), at: at(hand.seconds)))
        hand.play([Hand.through(Site.primary): "+++++++++"])
        #expect(hand.state(Site.primary) == .down)
        hand.play([Hand.through(Site.primary): "+"])
        #expect(hand.state(Site.primary) == .up)
    }

    @Test("an answer over another path's interface proves the return wrong, over its own right")
    func arrivals() throws {
        var hand = Hand()
        hand.apply(.arrival(path: Site.vpn, interface: "eth1", at: at(1)))
        var facts = try #require(hand.model.snapshot().paths.first { $0.id == Site.vpn })
        #expect(facts.backward == .wrong)
        #expect(facts.answersArriveOver == Site.primary)
        hand.apply(.arrival(path: Site.vpn, interface: "ipsec0", at: at(2)))
        facts = try #require(hand.model.snapshot().paths.first { $0.id == Site.vpn })
        #expect(facts.backward == .verified)
        #expect(facts.answersArriveOver == nil)
    }

    @Test("a path that is pinned by its source may be answered over any interface that is no other path's")
    func sourcePin() throws {
        var topology = Site.topology()
        topology.paths[0].pin = Pin(source: topology.paths[0].customerEdge)
        var hand = Hand(topology)
        hand.apply(.arrival(path: Site.primary, interface: "eth0", at: at(1)))
        #expect(hand.model.snapshot().paths.first?.backward == .unverified)
        hand.apply(.arrival(path: Site.primary, interface: "ipsec0", at: at(2)))
        #expect(hand.model.snapshot().paths.first?.answersArriveOver == Site.vpn)
        hand.apply(.arrival(path: Site.primary, interface: "eth0", at: at(3)))
        #expect(hand.model.snapshot().paths.first?.backward == .unverified)
    }

    @Test("answers of the VPN that come in over the interface of a circuit pinned by its source are asymmetric")
    func answersOverCircuit() throws {
        var topology = Site.topology()
        topology.paths[0].pin = Pin(source: topology.paths[0].customerEdge)
        var hand = Hand(topology)
        let edge = topology.paths[0].subnet?.address(at: 2)
        let route = RouteObservation(
            verdict: .route(interface: "er1", gateway: edge, source: topology.paths[0].customerEdge)
        )
        hand.apply(.pinRoute(path: Site.primary, route, at: at(1)))
        hand.apply(.arrival(path: Site.vpn, interface: "er1", at: at(2)))
        let facts = try #require(hand.model.snapshot().paths.first { $0.id == Site.vpn })
        #expect(facts.backward == .wrong && facts.answersArriveOver == Site.primary)
        // Microsoft may answer over the other connection of the same circuit.
        hand.apply(.arrival(path: Site.secondary, interface: "er1", at: at(3)))
        #expect(hand.model.snapshot().paths.first { $0.id == Site.secondary }?.answersArriveOver == nil)
    }

    @Test("the only path of a link, without probes of its own, is up while a workload answers")
    func onlyPath() {
        var options = Site.Options()
        (options.hasThrough, options.hasEdges, options.hasVPN) = (false, false, false)
        var topology = Site.topology(options)
        topology.links[0].tiers = [[Site.primary]]
        var hand = Hand(topology)
        hand.warmUp(30)
        #expect(hand.state(Site.primary) == .up)
        #expect(hand.link?.state == .protected)
    }

    @Test("a target that comes back over one path first takes no other path down")
    func targetReturns() {
        var hand = Hand()
        hand.warmUp()
        let edges = [Site.primary, Site.secondary].map(Hand.edge)
        var rows = Dictionary(uniqueKeysWithValues: (edges + Hand.references).map { ($0, "++++++") })
        for path in [Site.primary, Site.secondary, Site.vpn] { rows[Hand.through(path)] = "------" }
        hand.play(rows)
        #expect(hand.state(Site.primary) == .unknown)
        hand.play([Hand.through(Site.secondary): "++", Hand.through(Site.primary): "-+", Hand.edge(Site.primary): "++"])
        #expect(hand.state(Site.primary) == .up)
        #expect(!hand.changes.contains { if case .path(_, _, _, .down, _, _) = $0 { true } else { false } })
    }
}
