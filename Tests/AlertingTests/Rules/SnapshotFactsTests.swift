import Model
import Testing

@testable import Alerting
@testable import Links

@Suite struct SnapshotFactsTests {
    private let now = at(100).monotonic

    private func path(_ id: PathID, _ state: PathState, layer: Layer = .provider) -> PathStatus {
        PathStatus(
            link: "l",
            path: id,
            kind: .expressroute,
            circuit: "c",
            connection: .primary,
            tier: 1,
            state: state,
            since: now,
            isActive: true,
            isEdgeSilent: false,
            isFlapping: true,
            everUp: false,
            lossRatio: nil,
            roundTrip: nil,
            usualRoundTrip: nil,
            layer: layer,
            owner: layer.owner,
            evidence: [Evidence(at: now, "3 probes missed"), Evidence(at: now, "the edge is silent")]
        )
    }

    private func link(_ paths: [PathStatus], tier: Int?) -> LinkStatus {
        LinkStatus(
            name: "l",
            peering: .private,
            labels: [:],
            detection: Detection(),
            state: .failedOver,
            since: now,
            activePaths: tier == nil ? nil : [Scenario.primary],
            activeTier: tier,
            activeTierSince: now,
            activeEvidence: [],
            paths: paths,
            workloads: [],
            flowRatios: [:],
            outageStart: nil,
            outageDuration: nil,
            lastOutage: Outage(start: now - .seconds(1), end: now),
            lastSlowOutage: Outage(start: now - .seconds(80), end: now),
            notMovedSince: nil,
            firstTierCleanSince: nil,
            layer: .provider,
            owner: .provider,
            evidence: []
        )
    }

    private func snapshot(_ links: [LinkStatus], references: [FlowState] = [], isIsolated: Bool = false) -> Snapshot {
        let target = Target(scheme: .icmp, host: "10.0.0.1")
        return Snapshot(
            at: now,
            watchedSince: now,
            site: SiteStatus(
                isIsolated: isIsolated,
                isolatedSince: isIsolated ? now : nil,
                references: references.map { ReferenceStatus(target: target, state: $0, since: now) }
            ),
            circuits: [],
            vpns: [],
            paths: [
                PathFacts(
                    id: Scenario.primary,
                    edgeAnswering: true,
                    edgeSince: now,
                    forward: .wrong,
                    backward: .verified,
                    answersArriveOver: Scenario.vpn,
                    pinSince: now,
                    bfd: nil,
                    lostTunnels: [target]
                )
            ],
            links: links
        )
    }

    @Test("a path keeps its state, evidence, layer and pin")
    func path() throws {
        let facts = NetworkFacts(snapshot([link([path(Scenario.primary, .down, layer: .customerEdge)], tier: 1)]))
        let path = try #require(facts.links.first?.paths.first)
        #expect(path.state == .down && path.since == now && path.isFlapping && path.edgeAnswers == true)
        #expect(path.evidence == "3 probes missed, the edge is silent")
        #expect(path.layer == .customerEdge && path.owner == .customer)
        #expect(path.pinLost != nil && path.asymmetry == "answers arrive over kr-vpn")
    }

    @Test("a smaller MTU comes over with what it was")
    func mtu() throws {
        var path = path(Scenario.primary, .up)
        path.reducedMTU = ReducedMTU(bytes: 1400, baseline: 1500)
        let facts = NetworkFacts(snapshot([link([path], tier: 1)]))
        let reduced = try #require(facts.links.first?.paths.first?.reducedMTU)
        #expect(reduced.now == 1400 && reduced.baseline == 1500)
    }

    @Test("a path that is up blames nobody")
    func blame() {
        let facts = NetworkFacts(snapshot([link([path(Scenario.primary, .up)], tier: 1)]))
        #expect(facts.links.first?.paths.first?.layer == nil)
    }

    @Test("every state of path, link and flow has its word")
    func words() {
        for state in PathState.allCases { #expect(LinkPathFacts.State(state).rawValue == state.rawValue) }
        for state in LinkState.allCases { #expect(LinkFacts.State(state).rawValue == state.rawValue) }
        for state in FlowState.allCases { #expect(WorkloadFacts.State(state).rawValue == state.rawValue) }
    }

    @Test(
        "an active tier is unknown, none or a number",
        arguments: [(nil, .unknown), (0, .none), (2, .tier(2))] as [(Int?, LinkFacts.ActiveTier)]
    )
    func tiers(tier: Int?, expected: LinkFacts.ActiveTier) {
        let facts = NetworkFacts(snapshot([link([path(Scenario.primary, .up)], tier: tier)]))
        #expect(facts.links.first?.activeTier == expected)
        #expect(facts.links.first?.slowOutage?.duration == .seconds(80))
    }

    @Test("references answer, are unknown, or all failed")
    func references() {
        #expect(NetworkFacts(snapshot([])).references == .answering)
        #expect(NetworkFacts(snapshot([], references: [.down, .up])).references == .answering)
        #expect(NetworkFacts(snapshot([], references: [.unknown, .down])).references == .unknown)
        #expect(NetworkFacts(snapshot([], references: [.down], isIsolated: true)).references == .allFailed(since: now))
    }
}
