import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Verdict of a trace")
struct TraceJudgeTests {
    private func verdict(
        _ hops: [TraceHop],
        received: Int = 0,
        distance: Int? = nil,
        route: RouteObservation? = Example.route(),
        path: PathID? = nil,
        localRefusal: Reason? = nil,
        sent: Int = 10,
        maxHops: Int? = nil
    ) -> TraceVerdict {
        TraceJudge(
            target: ip("10.1.0.4"),
            hops: hops,
            statistics: HopStatistics(sent: sent, roundTrips: Array(repeating: .milliseconds(1), count: received)),
            distance: distance,
            route: route,
            paths: Example.paths,
            path: path,
            localRefusal: localRefusal,
            maxHops: maxHops
        ).verdict
    }

    @Test("a target beyond the last hop that was asked is not said to be silent")
    func limited() {
        let short = verdict(hops("10.0.0.1", "172.16.0.2"), maxHops: 2)
        #expect(short.status == .unreachable && short.layer == nil)
        #expect(short.sentence == "10.1.0.4 is not reached within 2 hops, the limit (--max-hops).")
        #expect(verdict(hops("10.0.0.1", "172.16.0.2"), maxHops: 30).sentence.contains("does not answer"))
    }

    @Test("a target that answers is reached; above the limit of loss it is degraded")
    func reached() {
        let good = verdict(hops("10.0.0.1", "10.1.0.4"), received: 10, distance: 2, path: Example.vpn)
        #expect(good.status == .reached && good.layer == nil && good.owner == nil)
        #expect(good.sentence == "10.1.0.4 is reached over kr-vpn in 2 hops.")
        #expect(good.status.exitStatus == 0)
        let bad = verdict(hops("10.0.0.1", "10.1.0.4"), received: 9, distance: 2)
        #expect(bad.status == .degraded && bad.status.exitStatus == 2)
        #expect(bad.sentence.contains("1 of 10"))
        #expect(verdict([], received: 95, distance: 1, sent: 100).status == .reached)
    }

    @Test("a target that answers from another address is reached, and it is said")
    func foreignAnswer() {
        var way = hops("10.0.0.1", "10.99.0.1")
        way[1].answer = .reply(.echo)
        let other = verdict(way, received: 10, distance: 2)
        #expect(other.status == .reached)
        #expect(other.evidence == ["its answers come from 10.99.0.1, not from the address that was asked"])
        way = hops("10.0.0.1", "10.1.0.4")
        way[1].answer = .reply(.echo)
        #expect(verdict(way, received: 10, distance: 2).evidence.isEmpty)
    }

    @Test("routers that answer in the target's name are told as a translation of destinations")
    func translatedDestination() {
        let silent = verdict(routers("10.0.0.1", "10.1.0.4", "10.1.0.4", nil))
        #expect(silent.status == .unreachable && silent.sentence.contains("known up to hop 3"))
        #expect(silent.evidence.last?.hasPrefix("hops 2 to 3 answer that the TTL is exceeded, in the name of") == true)
        var way = routers("10.0.0.1", "10.1.0.4", "10.1.0.4")
        way[2].answer = .reply(.echo)
        way[2].responders[0].isRouter = false
        let living = verdict(way, received: 10, distance: 3)
        #expect(living.status == .reached && living.evidence.last?.contains("(DNAT) at hop 2 or before") == true)
    }

    @Test("routers on a longer way, where the target answers other flows, are no translation")
    func unequalLengths() {
        var way = routers("10.0.0.1", "10.0.1.1", "10.0.2.1", "10.1.0.4")
        way[2].responders.append(TraceHop.Responder(address: ip("10.1.0.4"), answers: 3))
        way[3].responders[0].isRouter = false
        way[3].answer = .reply(.echo)
        #expect(verdict(way, received: 10, distance: 3).evidence.isEmpty)
    }

    private func routers(_ addresses: String?...) -> [TraceHop] {
        addresses.enumerated().map { index, address in
            let responder = address.map { TraceHop.Responder(address: ip($0), answers: 1, isRouter: true) }
            return TraceHop(
                ttl: index + 1,
                responders: responder.map { [$0] } ?? [],
                answer: address == nil ? nil : .ttlExceeded
            )
        }
    }

    @Test("what this host itself dropped is no loss")
    func overload() {
        var judge = TraceJudge(
            target: ip("10.1.0.4"),
            hops: hops("10.0.0.1", "10.1.0.4"),
            statistics: HopStatistics(sent: 10, roundTrips: Array(repeating: .milliseconds(1), count: 7)),
            distance: 2
        )
        #expect(judge.verdict.status == .degraded)
        judge.drops = 3
        #expect(judge.verdict.status == .reached)
        #expect(judge.verdict.evidence == ["3 answers are missing, and this host dropped 3 packets on arrival"])
        judge.drops = 2
        #expect(judge.verdict.status == .degraded)
    }

    @Test("a target of UDP that limits its errors is reached: neither its silence nor that of a flow is loss")
    func limitedTarget() {
        var judge = TraceJudge(
            target: ip("10.1.0.4"),
            hops: hops("10.0.0.1", "10.1.0.4"),
            statistics: HopStatistics(sent: 10, roundTrips: [.milliseconds(1)]),
            distance: 2
        )
        judge.reply = .portUnreachable
        judge.flows = [1, 0].enumerated().map { number, received in
            let trips = Array(repeating: Duration.milliseconds(1), count: received)
            return TraceFlow(
                number: number,
                responders: [],
                distance: received > 0 ? 2 : nil,
                statistics: HopStatistics(sent: 5, roundTrips: trips)
            )
        }
        #expect(judge.verdict.status == .degraded)
        judge.targetLimit = .shown
        #expect(judge.verdict.status == .reached)
        #expect(judge.verdict.evidence.first?.hasPrefix("rate-limited: 9 of 10 probes were not answered") == true)
    }

    @Test("a port that is refused by ICMP is told; of UDP that proves the target and no more")
    func refusedPort() {
        var judge = TraceJudge(
            target: ip("10.1.0.4"),
            hops: hops("10.1.0.4"),
            statistics: HopStatistics(sent: 1, roundTrips: [.milliseconds(1)]),
            distance: 1
        )
        (judge.port, judge.reply, judge.isTCP) = (443, .portUnreachable, true)
        #expect(judge.verdict.sentence.hasSuffix("port 443 is refused with ICMP (port unreachable), as by a firewall."))
        judge.isTCP = false
        #expect(judge.verdict.sentence == "10.1.0.4 is reached in 1 hop.")
    }

    @Test("a trace that was cut short says so, and does not call the target silent")
    func cutShort() {
        var judge = TraceJudge(target: ip("10.1.0.4"), hops: [], statistics: HopStatistics(), distance: nil)
        judge.isCancelled = true
        #expect(judge.verdict.sentence == "the trace was stopped before 10.1.0.4 answered.")
        judge.hops = hops("10.0.0.1", nil)
        #expect(
            judge.verdict.sentence == "the trace was stopped before 10.1.0.4 answered; the way is known up to hop 1."
        )
        #expect(judge.verdict.layer == nil && judge.verdict.status == .unreachable)
    }

    @Test("an interface by which nothing leaves is named with what ails it, whatever the routing table says")
    func interfaceFault() {
        for route in [RouteObservation(verdict: .none(.noRoute)), Example.route(neighbour: .failed)] {
            var judge = TraceJudge(
                target: ip("10.1.0.4"),
                hops: [],
                statistics: HopStatistics(),
                distance: nil,
                route: route
            )
            judge.boundInterface = "eth0"
            judge.interfaceFault = .down
            #expect(judge.verdict.sentence == "eth0 is down: nothing leaves by it to 10.1.0.4.")
            #expect(judge.verdict.layer == .host && judge.verdict.status == .unreachable)
            judge.interfaceFault = .noCarrier
            #expect(judge.verdict.sentence == "eth0 has no carrier: nothing leaves by it to 10.1.0.4.")
        }
    }

    @Test("no route is the host's")
    func host() {
        let none = verdict([], route: RouteObservation(verdict: .none(.noRoute)))
        #expect(none.status == .unreachable && none.layer == .host && none.owner == .customer)
        #expect(verdict([], localRefusal: .permission, sent: 0).layer == .host)
    }

    @Test("a next hop that does not resolve is the customer edge; a target on the link is the LAN")
    func neighbour() {
        let gateway = verdict([], route: Example.route(neighbour: .failed))
        #expect(gateway.layer == .customerEdge && gateway.sentence.contains("10.0.0.1"))
        let onLink = verdict([], route: Example.route(gateway: nil, neighbour: .incomplete))
        #expect(onLink.layer == .lan && onLink.sentence == "10.1.0.4 is on eth0 itself and does not answer ARP there.")
        let silent = verdict([], route: Example.route(gateway: nil, neighbour: .reachable))
        #expect(silent.layer == .service)
    }

    @Test(
        "the last hop that answers tells the layer behind it",
        arguments: [
            (["10.0.0.1", "172.16.0.2"], Layer.gateway, Owner.microsoft),
            (["10.0.0.1", "172.16.0.1"], .provider, .provider), (["10.0.0.1", "10.1.255.30"], .vnet, .customer),
            (["10.0.0.1", "172.16.0.2", "10.1.0.1"], .vnet, .customer),
        ]
    )
    func lastHop(addresses: [String], layer: Layer, owner: Owner) {
        let list = addresses.enumerated().flatMap { index, address in
            hops(address).map { hop in
                var hop = hop
                hop.ttl = index + 1
                return hop
            }
        }
        let verdict = verdict(list)
        #expect(verdict.layer == layer && verdict.owner == owner && verdict.status.exitStatus == 1)
    }

    @Test("behind the host's own gateway the provider is next on a circuit, the VPN gateway on a VPN")
    func ownGateway() {
        #expect(verdict(hops("10.0.0.1"), path: Example.primary).layer == .provider)
        #expect(verdict(hops("10.0.0.1"), path: Example.vpn).layer == .gateway)
        #expect(verdict(hops("10.0.0.1")).layer == nil)
    }

    @Test("nothing that answers proves no place")
    func silence() {
        let verdict = verdict([])
        #expect(verdict.status == .unreachable && verdict.layer == nil)
        #expect(verdict.sentence.contains("the place is not known"))
    }

    @Test(
        "who forbids a packet is where the fault lies; who cannot deliver it speaks of what lies behind",
        arguments: [
            (["10.0.0.1"], Layer.customerEdge, Layer?.none), (["10.0.0.1", "172.16.0.1"], .customerEdge, .provider),
            (["10.0.0.1", "172.16.0.1", "172.16.0.2"], .microsoftEdge, .gateway),
            (["10.0.0.1", "172.16.0.1", "172.16.0.2", "10.1.0.1"], .vnet, .vnet),
            (["10.0.0.1", "10.1.255.30"], .gateway, .vnet),
        ] as [([String], Layer, Layer?)]
    )
    func refuser(addresses: [String], own: Layer, behind: Layer?) {
        func layer(_ kind: ICMPErrorKind) -> Layer? {
            var list = addresses.enumerated().flatMap { index, address in
                hops(address).map { hop in
                    var hop = hop
                    hop.ttl = index + 1
                    return hop
                }
            }
            list[list.count - 1].answer = .unreachable(kind)
            return verdict(list).layer
        }
        #expect(layer(.adminProhibited) == own && layer(.hostUnreachable) == behind)
    }

    @Test("a refusal is told with its sender and kind; the target's own is the service's")
    func refusal() {
        var list = hops("10.0.0.1", "172.16.0.2")
        list[1].answer = .unreachable(.adminProhibited)
        let router = verdict(list)
        #expect(router.layer == .microsoftEdge && router.sentence.contains("administratively prohibited"))
        list = hops("10.0.0.1", "10.1.0.4")
        list[1].answer = .unreachable(.portUnreachable)
        #expect(verdict(list).layer == .service)
    }
}
