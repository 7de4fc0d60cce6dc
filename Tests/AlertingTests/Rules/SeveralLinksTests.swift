import Model
import Testing

@testable import Alerting

/// What several links find of one path is one alert: of whose cause, and since when.
@Suite struct SeveralLinksTests {
    private func twoLinks() -> Scenario {
        var scenario = Scenario()
        scenario.addHealthyLink()
        return scenario
    }

    @Test(
        "a lost circuit is the provider's, also where another link has a target that never answered",
        arguments: [0, 1]
    )
    func ownerOfCircuit(unsure: Int) throws {
        var scenario = twoLinks()
        for id in [Scenario.primary, Scenario.secondary] {
            scenario.set(id, .unknown, ago: 900, of: unsure)
            scenario.path(id, of: unsure) {
                ($0.layer, $0.owner, $0.evidence) = (.vnet, .customer, "no through target has answered")
            }
            scenario.set(id, .down, ago: 10, of: 1 - unsure)
            scenario.path(id, of: 1 - unsure) {
                ($0.layer, $0.owner, $0.evidence) = (.provider, .provider, "its edge is silent")
            }
        }
        let lost = try #require(scenario.condition(.circuitLost)).annotations
        #expect(lost.layer == "provider circuit" && lost.owner == .provider)
        #expect(lost.description.contains("since \(at(990).wall.rfc3339)"))
        #expect(lost.description.contains("kr-er-01/primary down: its edge is silent;"))
    }

    @Test(
        "a connection is lost since the last of its links lost it, and by the cause that this one found",
        arguments: [0, 1]
    )
    func lastOfLinks(last: Int) throws {
        var scenario = twoLinks()
        scenario.set(Scenario.primary, .down, ago: 900, of: 1 - last)
        scenario.path(Scenario.primary, of: 1 - last) { ($0.layer, $0.owner) = (.gateway, .microsoft) }
        scenario.set(Scenario.primary, .down, ago: 10, of: last)
        scenario.path(Scenario.primary, of: last) { ($0.layer, $0.owner) = (.provider, .provider) }
        let reduced = try #require(scenario.condition(.redundancyLost)).annotations
        #expect(reduced.layer == "provider circuit" && reduced.owner == .provider)
        #expect(reduced.description.contains("since \(at(990).wall.rfc3339)"))
    }

    @Test("a degraded path is not blamed on what a link says that cannot judge it", arguments: [0, 1])
    func ownerOfDegraded(unsure: Int) throws {
        var scenario = twoLinks()
        scenario.set(Scenario.primary, .unknown, of: unsure)
        scenario.path(Scenario.primary, of: unsure) { ($0.layer, $0.owner) = (.vnet, .customer) }
        scenario.set(Scenario.primary, .degraded, of: 1 - unsure)
        let degraded = try #require(scenario.condition(.pathDegraded)).annotations
        #expect(degraded.layer == "provider circuit" && degraded.owner == .provider)
    }

    @Test(
        "a path is up since the first of its links found it so, down or unknown since the last",
        arguments: LinkPathFacts.State.allCases
    )
    func sinceOfState(state: LinkPathFacts.State) {
        let spec = exampleTopology().paths[0]
        let early = LinkPathFacts(id: spec.id, state: state, since: at(1).monotonic)
        let late = LinkPathFacts(id: spec.id, state: state, since: at(2).monotonic)
        for (first, second) in [(early, late), (late, early)] {
            var merged = MergedPath(spec: spec, first: first)
            merged.take(second)
            #expect(merged.since == (state.isUp ? early : late).since)
        }
    }
}
