import Model
import TestSupport
import Testing
import Wire

@testable import Alerting
@testable import Links
@testable import Service

@Suite("Documents of the API")
struct SnapshotJSONTests {
    private let now = Sample.clock(100).monotonic
    private var evidence: [Evidence] { [Evidence(at: now, "3 probes missed \"in a row\"")] }

    private func path(_ id: PathID, _ state: PathState, tier: Int, kind: PathKind) -> PathStatus {
        PathStatus(
            link: "seoul-koreacentral",
            path: id,
            kind: kind,
            circuit: kind == .vpn ? nil : "kr-er-01",
            connection: kind == .vpn ? nil : .primary,
            tier: tier,
            state: state,
            since: now - .seconds(5),
            isActive: state.isUp,
            isEdgeSilent: false,
            isFlapping: false,
            everUp: true,
            lossRatio: state.isUp ? 0 : 0.25,
            roundTrip: state.isUp ? .microseconds(3_250) : nil,
            usualRoundTrip: .milliseconds(3),
            layer: .provider,
            owner: .provider,
            evidence: state.isUp ? [] : evidence
        )
    }

    private var link: LinkStatus {
        LinkStatus(
            name: "seoul-koreacentral",
            peering: .private,
            labels: ["team": "core", "app": "erp"],
            detection: Detection(),
            state: .failedOver,
            since: now - .seconds(4),
            activePaths: [Sample.tunnel],
            activeTier: 2,
            activeTierSince: now - .seconds(4),
            activeEvidence: [Evidence(at: now, "the kernel's route leads over vpn0")],
            paths: [
                path(Sample.primary, .down, tier: 1, kind: .expressroute),
                path(Sample.tunnel, .up, tier: 2, kind: .vpn),
            ],
            workloads: [
                WorkloadStatus(
                    target: Sample.workload,
                    state: .up,
                    since: now - .seconds(3),
                    flows: [
                        FlowStatus(flow: 0, state: .up, lossRatio: 0.5, path: Sample.tunnel),
                        FlowStatus(flow: 1, state: .unknown, lossRatio: nil, path: nil),
                    ],
                    paths: [Sample.tunnel],
                    lostFlows: [1],
                    layer: .service,
                    evidence: []
                )
            ],
            flowRatios: [Sample.tunnel: 1],
            outageStart: now - .milliseconds(1_500),
            outageDuration: .milliseconds(1_500),
            lastOutage: Outage(start: now - .seconds(80), end: now - .seconds(78)),
            notMovedSince: nil,
            firstTierCleanSince: nil,
            layer: .provider,
            owner: .provider,
            evidence: evidence
        )
    }

    private func snapshot(_ links: [LinkStatus]) -> Snapshot {
        Snapshot(
            at: now,
            watchedSince: now,
            site: SiteStatus(
                isIsolated: false,
                isolatedSince: nil,
                references: [
                    ReferenceStatus(target: Target(scheme: .icmp, host: "10.0.0.1"), state: .up, since: now)
                ]
            ),
            circuits: [
                CircuitStatus(
                    name: "kr-er-01",
                    provider: "kt",
                    peering: .private,
                    connections: [
                        .init(
                            connection: .primary,
                            path: Sample.primary,
                            state: .down,
                            since: now - .seconds(5),
                            layer: .provider,
                            evidence: evidence
                        )
                    ],
                    links: ["seoul-koreacentral"]
                )
            ],
            vpns: [],
            paths: [
                PathFacts(
                    id: Sample.primary,
                    edgeAnswering: false,
                    edgeSince: now,
                    forward: .verified,
                    backward: .unverified,
                    answersArriveOver: nil,
                    pinSince: now,
                    bfd: nil,
                    lostTunnels: []
                )
            ],
            links: links
        )
    }

    private func document(_ links: [LinkStatus]) -> SnapshotJSON {
        SnapshotJSON(snapshot: snapshot(links), clock: Sample.clock(100))
    }

    @Test("/api/v1/links is as documented")
    func links() throws {
        try expectGolden(document([link]).links.text(pretty: true) + "\n", "Tests/Golden/service/links.json")
    }

    @Test("/api/v1/paths is as documented")
    func paths() throws {
        try expectGolden(document([link]).paths.text(pretty: true) + "\n", "Tests/Golden/service/paths.json")
    }

    @Test("what it writes is read again as JSON, quotes and all")
    func valid() throws {
        let written = document([link]).links
        let read = try JSONValue(parsing: written.text())
        #expect(read == written)
        let text = read["links"]?.asArray?.first?["evidence"]?.asArray?.first?["text"]?.asString
        #expect(text == "3 probes missed \"in a row\"")
    }

    @Test("what is not known is null, and all is well blames nobody")
    func unknown() throws {
        var quiet = link
        quiet.state = .protected
        quiet.activePaths = nil
        quiet.activeTier = nil
        (quiet.outageStart, quiet.outageDuration) = (nil, nil)
        quiet.lastOutage = nil
        let read = try #require(document([quiet]).links["links"]?.asArray?.first)
        #expect(read["active"]?["tier"]?.isNull == true && read["active"]?["paths"]?.isNull == true)
        #expect(read["owner"]?.isNull == true && read["layer"]?.isNull == true)
        #expect(read["outage"]?["current_ns"]?.asInteger == 0 && read["outage"]?["last_ns"]?.isNull == true)
    }

    @Test("times follow the wall clock of the moment that is shown")
    func times() {
        var clock = Sample.clock(100)
        clock.wall = clock.wall + .seconds(3_600)
        let document = SnapshotJSON(snapshot: snapshot([]), clock: clock)
        #expect(document.links["at"]?.asString == Sample.clock(3_700).wall.rfc3339)
    }

    @Test("events of the journal and of alerts are one list, oldest first")
    func events() throws {
        let journal = [
            JournalEntry(at: Sample.clock(1).wall, link: "l", path: nil, text: "first"),
            JournalEntry(at: Sample.clock(3).wall, link: "l", path: Sample.primary, text: "third"),
        ]
        let alert = AlertEvent(
            kind: .fired,
            at: Sample.clock(2).wall,
            identity: AlertIdentity(.linkDown, AlertObject(link: "l")),
            severity: .critical,
            labels: AlertLabels([("alertname", "LinkDown")]),
            summary: "second"
        )
        let events = try #require(AlertsJSON.events(journal, [alert])["events"]?.asArray)
        #expect(events.compactMap { $0["text"]?.asString } == ["first", "second", "third"])
        #expect(events[1]["kind"]?.asString == "alert_fired" && events[1]["severity"]?.asString == "critical")
        #expect(events[2]["path"]?.asString == "kr-er-01/primary" && events[0]["path"]?.isNull == true)
    }

    @Test("alerts have the shape of Prometheus' own API")
    func alerts() throws {
        let alert = ActiveAlert(
            state: .firing,
            identity: AlertIdentity(.linkDown, AlertObject(link: "l")),
            severity: .critical,
            labels: AlertLabels([("alertname", "LinkDown"), ("link", "l")]),
            annotations: AlertAnnotations(summary: "link l is down", description: "d", owner: .provider, links: ["l"]),
            startsAt: Sample.clock(1).wall
        )
        try expectGolden(
            AlertsJSON.alerts([alert], runbooks: "https://docs.example/alerts.md").text(pretty: true) + "\n",
            "Tests/Golden/service/alerts.json"
        )
    }
}
