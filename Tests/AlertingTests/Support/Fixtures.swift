import Model
import TestSupport

@testable import Alerting

/// A moment so many seconds after a fixed start of both clocks.
func at(_ seconds: Double) -> ClockReading {
    let nanoseconds = Int64(seconds * 1e9)
    return ClockReading(
        monotonic: MonotonicTime(nanoseconds: 1_000_000_000_000 + nanoseconds),
        wall: WallTime(nanoseconds: 1_796_000_000_000_000_000 + nanoseconds)
    )
}

/// One circuit and a VPN, one link over both.
func exampleTopology() -> Topology {
    var link = LinkSpec(
        name: "seoul-koreacentral",
        peering: .private,
        tiers: [
            [PathID(circuit: "kr-er-01", connection: .primary), PathID(circuit: "kr-er-01", connection: .secondary)],
            [PathID(rawValue: "kr-vpn")],
        ],
        workloads: [
            ProbeSpec(target: Target(scheme: .tcp, host: "10.1.0.4", port: 443)),
            ProbeSpec(target: Target(scheme: .icmp, host: "10.1.0.5")),
        ]
    )
    link.labels = ["team": "core"]
    return Topology(
        site: SiteSpec(name: "seoul", vantage: "probe-a", references: []),
        paths: [
            PathSpec(
                id: PathID(circuit: "kr-er-01", connection: .primary),
                kind: .expressroute,
                circuit: "kr-er-01",
                connection: .primary,
                provider: "kt",
                peering: .private
            ),
            PathSpec(
                id: PathID(circuit: "kr-er-01", connection: .secondary),
                kind: .expressroute,
                circuit: "kr-er-01",
                connection: .secondary,
                provider: "kt",
                peering: .private
            ),
            PathSpec(id: PathID(rawValue: "kr-vpn"), kind: .vpn, peering: .private),
        ],
        links: [link]
    )
}

extension AlertIdentity {
    static let circuitLost = AlertIdentity(.circuitLost, AlertObject(circuit: "kr-er-01", peering: .private))
    static let linkDown = AlertIdentity(.linkDown, AlertObject(link: "seoul-koreacentral", peering: .private))
    static let vpnDown = AlertIdentity(.standbyPathDown, AlertObject(path: PathID(rawValue: "kr-vpn")))
}

func condition(
    _ identity: AlertIdentity,
    severity: AlertSeverity = .critical,
    holdFor: Duration = .zero,
    clearFor: Duration = .seconds(60),
    episode: Int64? = nil,
    extraLabels: [String: String] = [:]
) -> AlertCondition {
    AlertCondition(
        identity,
        severity: severity,
        holdFor: holdFor,
        clearFor: clearFor,
        episode: episode,
        extraLabels: extraLabels,
        annotations: AlertAnnotations(
            summary: "\(identity.name.rawValue) holds",
            description: "evidence",
            layer: "provider circuit",
            owner: .provider,
            links: ["seoul-koreacentral"]
        )
    )
}

private let exampleScope = AlertScope(topology: exampleTopology())

func judgement(_ conditions: [AlertCondition], isIsolated: Bool = false) -> AlertJudgement {
    AlertJudgement(
        conditions: conditions,
        isIsolated: isIsolated,
        scope: exampleScope
    )
}

func exampleBook() -> AlertBook { AlertBook(site: "seoul", vantage: "probe-a") }

/// A notice that fires now.
func notice(
    _ identity: AlertIdentity = .circuitLost,
    kind: AlertNotice.Kind = .fired,
    severity: AlertSeverity = .critical,
    extra: [(String, String)] = []
) -> AlertNotice {
    let now = Clock.wall
    return AlertNotice(
        kind: kind,
        identity: identity,
        severity: severity,
        labels: AlertLabels(
            [("alertname", identity.name.rawValue), ("severity", severity.rawValue), ("site", "seoul")]
                + identity.object.labels + extra
        ),
        annotations: AlertAnnotations(summary: "circuit kr-er-01 is lost", description: "both edges are silent"),
        startsAt: now,
        endsAt: now + .seconds(900),
        decidedAt: Clock.now
    )
}
