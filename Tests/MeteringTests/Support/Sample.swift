import Metering
import Model
import Wire

/// A store with every family of the catalogue, as `serve` would fill it.
enum Sample {
    static let target = Target(scheme: .icmp, host: "10.1.0.4")
    static let edge = ProbeKey(
        path: "kr-er-01/primary",
        role: .edge,
        target: Target(scheme: .icmp, host: "172.16.0.2")
    )
    static let workload = ProbeKey(
        link: "seoul-koreacentral",
        role: .workload,
        target: Target(scheme: .tcp, host: "10.1.0.4", port: 443)
    )
    static let primary = PathID(circuit: "kr-er-01", connection: .primary)
    static let secondary = PathID(circuit: "kr-er-01", connection: .secondary)
    static let vpn = PathID(rawValue: "kr-vpn")
    static let moment = WallTime(nanoseconds: 1_795_000_000_250_000_000)

    static let link = LinkSpec(
        name: "seoul-koreacentral",
        peering: .private,
        tiers: [[primary, secondary], [vpn]],
        workloads: [ProbeSpec(target: workload.target, flows: 2)]
    )
    static let path = PathSpec(
        id: primary,
        kind: .expressroute,
        circuit: "kr-er-01",
        connection: .primary,
        provider: "kt",
        peering: .private
    )

    static func outcome(_ result: Outcome.Result, detail: OutcomeDetail? = nil) -> Outcome {
        Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: MonotonicTime(nanoseconds: 0),
            settledAt: MonotonicTime(nanoseconds: 1_000_000),
            result: result,
            detail: detail
        )
    }

    static func filled() -> MetricStore {
        var store = MetricStore(families: Catalogue.all)
        fillProbes(in: &store)
        fillLinks(in: &store)
        fillServices(in: &store)
        fillCaptures(in: &store)
        let program = ProgramSeries(version: "0.1.0", in: &store)
        program.record(
            ProcessUsage(
                cpuSeconds: 1.25,
                residentBytes: 20_000_000,
                virtualBytes: 300_000_000,
                openFiles: 23,
                maximumFiles: 1024,
                startedAt: moment
            ),
            in: &store
        )
        program.recordReload(successful: true, at: moment, in: &store)
        program.setVantage(SiteSpec(name: "seoul", vantage: "probe-a"), in: &store)
        let alert = AlertSeries(alert: "CircuitLost", severity: "critical", in: &store)
        store.set(alert.active, 1.0)
        store.add(alert.sent, 2)
        store.add(alert.failed)
        store.record(alert.latency, nanoseconds: 12_000_000)
        return store
    }

    private static func fillProbes(in store: inout MetricStore) {
        let edge = ProbeSeries(edge, in: &store)
        for roundTrip: Duration in [.microseconds(480), .microseconds(950), .milliseconds(31)] {
            edge.record(outcome(.answered(roundTrip: roundTrip, clock: .kernel)), settledAt: moment, in: &store)
        }
        edge.record(outcome(.failed(.timeout)), settledAt: moment, in: &store)
        edge.record(outcome(.invalid(.overload)), settledAt: moment, in: &store)
        let through = ProbeKey(path: primary.rawValue, role: .through, target: Target(scheme: .stamp, host: "10.1.0.4"))
        ProbeSeries(through, in: &store).recordLoss(forward: 2, backward: 1, in: &store)
        edge.record(.duplicate, in: &store)
        edge.record(.reordered, in: &store)
        let workload = ProbeSeries(workload, in: &store)
        let certificate = CertificateFacts(
            subject: "CN=app.contoso.com",
            issuer: "CN=authority",
            notBefore: moment,
            notAfter: moment,
            fingerprint: ""
        )
        let detail = OutcomeDetail(
            phases: [.init(name: .connect, duration: .microseconds(700))],
            request: RequestFacts(tls: TLSFacts(certificates: [certificate]))
        )
        workload.record(
            outcome(.answered(roundTrip: .microseconds(700), clock: .user), detail: detail),
            settledAt: moment,
            in: &store
        )
    }

    private static func fillCaptures(in store: inout MetricStore) {
        let interface = CaptureSeries("er1", of: primary, paths: [primary], in: &store)
        interface.count(packets: 1200, dropped: 3, in: &store)
        interface.record(
            handshakes: [2_100_000, 2_300_000],
            roundTrips: [2_000_000],
            retransmissions: 1,
            of: primary,
            in: &store
        )
        TunnelSeries(vpn, in: &store).count(forward: 0, backward: 7, in: &store)
    }

    private static func fillServices(in store: inout MetricStore) {
        let way = StorageWay(account: "contosobackup", service: "blob", via: "corp-proxy")
        let status = StorageStatus(
            way: way,
            target: "https://contosobackup.blob.core.windows.net/?comp=list",
            link: nil,
            expectation: StorageExpectation(),
            verdict: .firewallDenied,
            evidence: "",
            since: MonotonicTime(nanoseconds: 0)
        )
        StorageMetrics(way, in: &store).show(status, skew: .seconds(2), in: &store)
        store.show(StorageResolution.private, of: way)
        fillEndpoints(way, in: &store)
        var proxy = ProxyMetrics("corp-proxy", in: &store)
        proxy.count(codes: [407, 407, 200], schemes: ["ntlm", "kerberos5"], wasRefused: true, in: &store)
        var state = ProxyStatus(name: "corp-proxy", since: MonotonicTime(nanoseconds: 0))
        state.answers = true
        proxy.show(state, in: &store)
        var log = ProxyLogMetrics("corp-proxy", in: &store)
        log.countResponse(status: 407, result: "TCP_DENIED", in: &store)
        log.countHandshake(in: &store)
        log.countFailure(of: "10.0.0.7", in: &store)
        log.countUnparsed(in: &store)
    }

    private static func fillEndpoints(_ way: StorageWay, in store: inout MetricStore) {
        let endpoint = EndpointWay(
            use: .azureBackup,
            target: "https://login.microsoftonline.com:443",
            via: "corp-proxy"
        )
        let reached = EndpointStatus(
            way: endpoint,
            verdict: .reached,
            evidence: "",
            since: MonotonicTime(nanoseconds: 0)
        )
        EndpointMetrics(endpoint, in: &store).show(reached, in: &store)
        let needed = UncoveredEndpoint(
            use: .azureBackup,
            name: "*.backup.windowsazure.com",
            purpose: "the Backup service",
            proxy: "corp-proxy"
        )
        store.show(needed, isCovered: true)
        var egress = EgressStatus(proxy: "corp-proxy", since: MonotonicTime(nanoseconds: 0))
        egress.addresses = [.v4(IPv4Address(203, 0, 113, 7))]
        store.show(egress)
        var list = AllowListStatus(
            way: way,
            target: "",
            link: nil,
            isWithdrawn: false,
            since: MonotonicTime(nanoseconds: 0)
        )
        list.age = .seconds(86_400)
        store.show(list)
    }

    private static func fillLinks(in store: inout MetricStore) {
        let path = PathSeries(path, in: &store)
        store.set(path.edgeAnswering, true)
        path.setIKE(answers: true, target: Target(scheme: .ike, host: "20.41.0.10"), in: &store)
        store.set(store.series(Catalogue.bfdSessionState, [primary.rawValue, "bfd://172.16.0.2"]), 3)
        let link = LinkSeries(link, in: &store)
        link.setState("failed_over", in: &store)
        link.setPath(primary, state: "down", in: &store)
        link.setPath(vpn, state: "up", in: &store)
        link.setActive(tier: 2, paths: [vpn], in: &store)
        link.countFailover(from: 1, to: 2, in: &store)
        link.setFlowLossRatio(0.5, of: workload.target, flow: 1, in: &store)
        store.record(link.outage, nanoseconds: 3_120_000_000)
        store.set(link.lastOutage, 3.12)
        store.set(link.lastOutageEnd, moment.seconds)
        store.add(link.blind, 0.75)
        for path in link.paths { store.set(path.flowRatio, path.id == vpn ? 1.0 : 0.0) }
        let trace = [self.link.name, primary.rawValue, target.description]
        store.set(store.series(Catalogue.pathMTU, trace), 1500.0)
        store.set(store.series(Catalogue.pathHops, trace), 4.0)
        store.set(store.series(Catalogue.pathRoute, trace + ["9f86d081"]))
        store.add(store.series(Catalogue.pathChanges, trace))
        for flow in 0..<4 {
            store.set(store.series(Catalogue.pathFlowLoss, trace + ["\(flow)"]), flow == 3 ? 1.0 : 0.0)
        }
    }
}
