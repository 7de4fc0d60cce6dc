import Model
import TestSupport
import Testing
import Traceroute
import Wire

@testable import Links
@testable import Service

@Suite("incidents")
struct IncidentBookTests {
    private static let link = "seoul-koreacentral"
    private static let circuit: Set<PathID> = [Sample.primary, Sample.secondary]

    private func snapshot(_ active: Set<PathID>?, tier: Int?, at seconds: Double) -> Snapshot {
        let now = Sample.clock(seconds).monotonic
        let status = LinkStatus(
            name: Self.link,
            peering: .private,
            labels: [:],
            detection: Detection(),
            state: .protected,
            since: now,
            activePaths: active,
            activeTier: tier,
            activeTierSince: now,
            activeEvidence: [],
            paths: [],
            workloads: [],
            flowRatios: [:],
            outageStart: nil,
            outageDuration: nil,
            lastOutage: nil,
            notMovedSince: nil,
            firstTierCleanSince: nil,
            layer: .service,
            owner: .customer,
            evidence: []
        )
        return Snapshot(
            at: now,
            watchedSince: now,
            site: SiteStatus(isIsolated: false, isolatedSince: nil, references: []),
            circuits: [],
            vpns: [],
            paths: [],
            links: [status]
        )
    }

    /// A book that has seen the traffic on the circuit.
    private var quiet: IncidentBook {
        var book = IncidentBook()
        _ = book.note([], snapshot(Self.circuit, tier: 1, at: 0), Sample.clock(0))
        return book
    }

    private func moment(_ seconds: Double) -> MonotonicTime { Sample.clock(seconds).monotonic }

    /// Cut at 10, known at 10.4, moved at 11, over at 11.2.
    private func failedOver(_ book: inout IncidentBook) {
        let fall = LinksChange.path(
            link: Self.link,
            path: Sample.primary,
            from: .up,
            to: .down,
            at: moment(10.3),
            evidence: []
        )
        _ = book.note([fall], snapshot(Self.circuit, tier: 1, at: 10.3), Sample.clock(10.3))
        let opened = LinksChange.outageOpened(link: Self.link, start: moment(10), at: moment(10.4))
        let began = book.note([opened], snapshot(nil, tier: nil, at: 10.4), Sample.clock(10.4))
        let moved = LinksChange.failover(link: Self.link, from: 1, to: 2, at: moment(11), evidence: [])
        let hasMoved = book.note([moved], snapshot([Sample.tunnel], tier: 2, at: 11), Sample.clock(11))
        let closed = LinksChange.outageClosed(link: Self.link, Outage(start: moment(10), end: moment(11.2)))
        let ended = book.note([closed], snapshot([Sample.tunnel], tier: 2, at: 11.3), Sample.clock(11.3))
        #expect(began && hasMoved && ended, "each asks for traces")
    }

    @Test("an outage that ends on another tier is one incident, with its times, places and what led to it")
    func failover() throws {
        var book = quiet
        failedOver(&book)
        let incident = try #require(book.incidents.first)
        #expect(book.incidents.count == 1 && incident.kind == .failover && incident.number == 1)
        #expect(incident.startedAt == Sample.clock(10).wall && incident.endedAt == Sample.clock(11.2).wall)
        #expect(incident.outage == .milliseconds(1_200))
        #expect(incident.from == Incident.Place(tier: 1, paths: [Sample.primary, Sample.secondary]))
        #expect(incident.to == Incident.Place(tier: 2, paths: [Sample.tunnel]))
        #expect(incident.notes.count == 4 && incident.notes[0].text.contains("is down"))
        #expect(!incident.isClosed && book.calls.map(\.moment) == [.ended])
    }

    @Test(
        "a move that is told with the end of the outage does not take the place of its traces; a later one has its own",
        arguments: [(11.3, Incident.Moment.ended), (11.5, .ended), (11.6, .moved)]
    )
    func moveAfterEnd(seconds: Double, called: Incident.Moment) {
        var book = quiet
        let opened = LinksChange.outageOpened(link: Self.link, start: moment(10), at: moment(10.4))
        _ = book.note([opened], snapshot(nil, tier: nil, at: 10.4), Sample.clock(10.4))
        let closed = LinksChange.outageClosed(link: Self.link, Outage(start: moment(10), end: moment(11.2)))
        _ = book.note([closed], snapshot(nil, tier: nil, at: 11.3), Sample.clock(11.3))
        let moved = LinksChange.failover(link: Self.link, from: 1, to: 2, at: moment(seconds), evidence: [])
        let asks = book.note([moved], snapshot([Sample.tunnel], tier: 2, at: seconds), Sample.clock(seconds))
        #expect(book.calls.map(\.moment) == [called] && asks == (called == .moved))
        #expect(book.incidents.map(\.kind) == [.failover] && book.incidents[0].to.paths == [Sample.tunnel])
    }

    @Test("after a quiet while it is closed, and the way back is another incident")
    func closing() throws {
        var book = quiet
        failedOver(&book)
        let calm = book.note([], snapshot([Sample.tunnel], tier: 2, at: 22), Sample.clock(22))
        #expect(!calm && book.incidents[0].isClosed && book.calls.isEmpty)
        let back = LinksChange.failover(link: Self.link, from: 2, to: 1, at: moment(600), evidence: [])
        _ = book.note([back], snapshot(Self.circuit, tier: 1, at: 600), Sample.clock(600))
        #expect(book.incidents.map(\.kind) == [.failover, .failback] && book.incidents[1].outage == nil)
        #expect(book.incidents[1].from.paths == [Sample.tunnel] && book.incidents[1].endedAt != nil)
    }

    @Test("an outage without a move stays an outage; while it lasts it has no end")
    func outage() {
        var book = quiet
        let opened = LinksChange.outageOpened(link: Self.link, start: moment(10), at: moment(10.4))
        _ = book.note([opened], snapshot(nil, tier: nil, at: 10.4), Sample.clock(10.4))
        _ = book.note([], snapshot(nil, tier: nil, at: 300), Sample.clock(300))
        #expect(book.incidents[0].kind == .outage && book.incidents[0].endedAt == nil && !book.incidents[0].isClosed)
    }

    @Test("what comes back where it was within one incident has only been away: an outage, where nothing answered")
    func thereAndBack() {
        var book = quiet
        failedOver(&book)
        let back = LinksChange.failover(link: Self.link, from: 2, to: 1, at: moment(15), evidence: [])
        _ = book.note([back], snapshot(Self.circuit, tier: 1, at: 15), Sample.clock(15))
        #expect(book.incidents.map(\.kind) == [.outage] && book.incidents[0].outage == .milliseconds(1_200))
        #expect(book.incidents[0].endedAt == Sample.clock(11.2).wall)
    }

    @Test("incidents, notes and traces are bounded, and what is left out is counted")
    func bounds() throws {
        var book = quiet
        for round in 0..<100 {
            let second = Double(round) * 20 + 20
            let move = LinksChange.failover(link: Self.link, from: 1, to: 2, at: moment(second), evidence: [])
            let noise = LinksChange.shift(link: Self.link, from: [], to: [], at: moment(second))
            let changes = [move] + Array(repeating: noise, count: 100)
            _ = book.note(changes, snapshot([Sample.tunnel], tier: 2, at: second), Sample.clock(second))
            _ = book.note([], snapshot([Sample.tunnel], tier: 2, at: second + 15), Sample.clock(second + 15))
        }
        #expect(book.incidents.count == IncidentBook.limit && book.incidents.last?.number == 100)
        let last = try #require(book.incidents.last)
        #expect(last.notes.count == IncidentBook.noteLimit && last.dropped == 101 - IncidentBook.noteLimit)
        let traces = (0..<100).map { _ in Self.trace(.moved) }
        book.attach(traces, to: 100)
        #expect(book.incidents.last?.traces.count == IncidentBook.traceLimit)
        book.attach(traces, to: 1)
        #expect(book.incidents.allSatisfy { $0.number > 1 })
    }

    private static func trace(_ moment: Incident.Moment) -> IncidentTrace {
        let address = IPAddress.v4(IPv4Address(rawValue: 0x0A01_0004))
        var report = TraceReport(
            target: "10.1.0.4",
            address: address,
            startedAt: Sample.clock(11).wall,
            duration: .zero,
            rounds: 5,
            interval: .milliseconds(100),
            access: .raw,
            hops: [],
            distance: 2,
            statistics: HopStatistics(),
            verdict: TraceVerdict(status: .reached, sentence: "10.1.0.4 is reached over kr-vpn in 2 hops.")
        )
        report.flows = [
            TraceFlow(
                number: 0,
                sourcePort: 61_000,
                responders: [nil, address],
                distance: 2,
                statistics: HopStatistics(sent: 5, roundTrips: [.milliseconds(1)]),
                path: Sample.tunnel
            )
        ]
        return IncidentTrace(report, moment, of: Sample.workload, pin: nil)
    }

    @Test("the document of an incident is as its golden file")
    func document() throws {
        var book = quiet
        failedOver(&book)
        book.attach([Self.trace(.before), Self.trace(.moved)], to: 1)
        let document = AlertsJSON.events([], [], incidents: book.incidents)
        try expectGolden(document.text(pretty: true) + "\n", "Tests/Golden/service/incidents.json")
    }
}
