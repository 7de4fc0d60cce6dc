import Model
import Testing
import Wire

@testable import Traceroute

@Suite("Place and owner of what a trace does not reach")
struct PlaceVerdictTests {
    private func judge(_ addresses: String?..., route: RouteObservation = Example.route()) -> TraceJudge {
        var way = addresses.enumerated().map { index, address in
            let responders = address.map { [TraceHop.Responder(address: ip($0), answers: 3, isRouter: true)] } ?? []
            return TraceHop(ttl: index + 1, responders: responders, answer: address == nil ? nil : .ttlExceeded)
        }
        while way.last?.responders.isEmpty == true { way.removeLast() }
        return TraceJudge(
            target: ip("10.1.0.4"),
            hops: way,
            statistics: HopStatistics(sent: 10, roundTrips: []),
            distance: nil,
            route: route,
            paths: Example.paths
        )
    }

    @Test(
        "as many packets dropped by the reverse-path filter as answers are missing are the host's own doing",
        arguments: [0, 4]
    )
    func filtered(received: Int) {
        var judge = judgeAfterThreeHops(sent: 10, received: received)
        judge.filtered = 10
        #expect(
            judge.verdict.layer == .host && judge.verdict.sentence.contains("this host dropped 10 packets meanwhile")
        )
        #expect(judge.verdict.status == (received == 0 ? .unreachable : .degraded))
        judge.filtered = 5
        #expect(judge.verdict.layer != .host)
    }

    @Test("a cable that is out is the host's fault, whatever became of the neighbour, and with whatever options")
    func noCarrier() {
        for gateway in ["10.0.0.1", nil] {
            var judge = judge(route: Example.route(gateway: gateway, neighbour: .failed))
            judge.interfaceFault = .noCarrier
            #expect(judge.verdict.layer == .host && judge.verdict.sentence.hasPrefix("eth0 has no carrier"))
        }
    }

    @Test("behind the host's own gateway comes what the link of the target prefers; the rest of it is told")
    func behindOwnGateway() throws {
        var judge = judge("10.0.0.1")
        #expect(judge.verdict.layer == nil, "without a link nobody knows")
        judge.link = Example.links[0]
        #expect(judge.verdict.layer == .provider && judge.verdict.owner == .provider)
        let told = try #require(judge.verdict.evidence.last)
        #expect(told.contains("kr-er-01/primary or kr-er-01/secondary, else kr-vpn, and none of their edges answers"))
        judge.link?.tiers = [[Example.vpn], [Example.primary]]
        #expect(judge.verdict.layer == nil, "a VPN goes over the provider as well as over the Internet")
        judge.link?.tiers = [[Example.primary, Example.vpn]]
        #expect(judge.verdict.layer == nil)
    }

    @Test("a router that is not the host's own gateway shows no place")
    func elsewhere() {
        var judge = judge("10.0.0.1", "10.0.5.1")
        judge.link = Example.links[0]
        #expect(judge.verdict.layer == nil)
    }

    @Test("behind the configured gateway of a VPN comes the VNet")
    func behindVPN() {
        #expect(judge("10.0.0.1", "20.41.0.10").verdict.layer == .vnet)
        #expect(judge("10.0.0.1", "10.1.255.30").verdict.layer == .vnet)
    }

    @Test("a loop between the two edges of a circuit lies behind neither: what is farthest tells whose it is")
    func loop() {
        var judge = judge("10.0.0.1", "172.16.0.2", "10.0.0.1", "172.16.0.2", "10.0.0.1")
        judge.hasLoop = true
        #expect(judge.verdict.layer == .gateway && judge.verdict.owner == .microsoft)
    }

    @Test("a router that refuses is at the nearest place at which it has answered, be that a refusal too")
    func refusal() {
        var judge = judge("10.0.0.1", nil, nil, nil, "10.0.0.1")
        judge.hops[0].answer = .unreachable(.netUnreachable)
        judge.hops[4].answer = .unreachable(.netUnreachable)
        #expect(judge.verdict.sentence.hasPrefix("hop 1 (10.0.0.1) answers that 10.1.0.4"))
        #expect(judge.verdict.evidence.contains("this hop is the host's own gateway"))
        // Its answer to the first hop was not sent, for it limits its errors.
        judge.hops[0].responders = []
        judge.hops[0].answer = nil
        #expect(judge.verdict.sentence.hasPrefix("hop 1 (10.0.0.1) answers that 10.1.0.4"))
    }

    @Test("of the last rounds of a live view the verdict says that it is of them")
    func lastRounds() {
        var judge = judge("10.0.0.1")
        judge.distance = 2
        judge.statistics = HopStatistics(sent: 40, roundTrips: Array(repeating: .milliseconds(1), count: 13))
        #expect(judge.verdict.sentence.contains("27 of 40 probes were lost"))
        judge.isOfLastRounds = true
        #expect(judge.verdict.sentence.contains("27 of the last 40 probes were lost"))
    }
}
