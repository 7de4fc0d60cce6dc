import Model

@testable import Alerting

/// The example site, healthy, with hooks to break it: two connections of one circuit, a VPN, two workloads.
struct Scenario {
    static let primary = PathID(circuit: "kr-er-01", connection: .primary)
    static let secondary = PathID(circuit: "kr-er-01", connection: .secondary)
    static let vpn = PathID(rawValue: "kr-vpn")

    var settings = AlertSettings(topology: exampleTopology())
    var facts: NetworkFacts
    var report = SelfReport()
    var clock = at(1000)
    /// What fires already, and since when.
    var earlier: [AlertIdentity: WallTime] = [:]
    /// What it has kept.
    var memory: [AlertIdentity: [String]] = [:]

    init() {
        let start = at(0).monotonic
        let link = LinkFacts(
            name: "seoul-koreacentral",
            state: .protected,
            since: start,
            activeTier: .tier(1),
            activeSince: start,
            activePaths: [Self.primary, Self.secondary],
            paths: [Self.primary, Self.secondary, Self.vpn].map { LinkPathFacts(id: $0, state: .up, since: start) },
            workloads: exampleTopology().links[0].workloads.map {
                WorkloadFacts(target: $0.target, state: .up, since: start)
            }
        )
        facts = NetworkFacts(links: [link])
    }

    /// The link and its paths, to be changed.
    mutating func link(_ change: (inout LinkFacts) -> Void) {
        change(&facts.links[0])
    }

    mutating func path(_ id: PathID, of link: Int = 0, _ change: (inout LinkPathFacts) -> Void) {
        for index in facts.links[link].paths.indices where facts.links[link].paths[index].id == id {
            change(&facts.links[link].paths[index])
        }
    }

    /// Puts the path into a state so many seconds before now.
    mutating func set(_ id: PathID, _ state: LinkPathFacts.State, ago: Double = 10, of link: Int = 0) {
        let since = at(1000 - ago).monotonic
        path(id, of: link) {
            $0.state = state
            $0.since = since
        }
    }

    mutating func activate(_ tier: LinkFacts.ActiveTier, _ paths: [PathID]) {
        link {
            $0.activeTier = tier
            $0.activePaths = paths
        }
    }

    /// A second link over the same paths, all well.
    mutating func addHealthyLink() {
        var spec = settings.topology.links[0]
        spec.name = "other"
        settings.topology.links.append(spec)
        var other = Scenario().facts.links[0]
        other.name = "other"
        facts.links.append(other)
    }

    var judgement: AlertJudgement {
        AlertRules.judge(
            facts,
            report: report,
            settings: settings,
            scope: AlertScope(topology: settings.topology),
            clock: clock,
            memory: memory,
            start: { earlier[$0] }
        )
    }

    /// What holds, without the watchdog.
    var active: [AlertCondition] {
        judgement.conditions.filter { $0.verdict == .active && $0.identity.name != .watchdog }
    }

    var names: [AlertName] { active.map(\.identity.name).sorted() }

    /// What is held because it cannot be judged.
    var held: Set<AlertName> {
        Set(judgement.conditions.filter { $0.verdict == .unknown }.map(\.identity.name))
    }

    /// The paths of which such an alert is held.
    func heldPaths(_ name: AlertName) -> [PathID] {
        judgement.conditions.filter { $0.verdict == .unknown && $0.identity.name == name }
            .compactMap(\.identity.object.path)
    }

    func condition(_ name: AlertName) -> AlertCondition? { active.first { $0.identity.name == name } }
}
