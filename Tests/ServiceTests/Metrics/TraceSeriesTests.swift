import Model
import TestSupport
import Testing

@testable import Service

@Suite("series of regular traces")
struct TraceSeriesTests {
    private static let labels = ["path": Sample.primary.rawValue, "target": Sample.behind.description]

    private static func topology(trace: Duration? = .seconds(30)) -> Topology {
        var topology = Sample.topology()
        topology.links[0].through[0].trace = trace
        return topology
    }

    private func finding(_ hash: String = "0123456789ab", isChange: Bool = false) -> TraceFinding {
        TraceFinding(
            key: TraceKey(link: "seoul-koreacentral", path: Sample.primary.rawValue, target: Sample.behind),
            hops: 3,
            hash: hash,
            mtu: 1500,
            isChange: isChange,
            flowLoss: [0: 0, 1: 0.5]
        )
    }

    @Test("changes are counted from 0 before the first trace")
    func fromTheStart() {
        let bench = Bench(Self.topology())
        #expect(bench.metrics().value("netprobe_path_changes_total", Self.labels) == 0)
        #expect(bench.metrics().all("netprobe_path_hops").isEmpty)
    }

    @Test("a reload keeps counter, path MTU, hops, way and losses of a trace that stays")
    func reload() {
        var bench = Bench(Self.topology())
        bench.board.record(finding())
        bench.board.record(finding("ba9876543210", isChange: true))
        bench.run([.settings(Bench.settings(Self.topology()))], at: 1)
        let metrics = bench.metrics()
        #expect(metrics.value("netprobe_path_changes_total", Self.labels) == 1)
        #expect(metrics.value("netprobe_path_mtu_bytes", Self.labels) == 1500)
        #expect(metrics.value("netprobe_path_hops", Self.labels) == 3)
        #expect(metrics.all("netprobe_path_route_info", Self.labels).map { $0.labels["hash"] } == ["ba9876543210"])
        #expect(metrics.all("netprobe_path_flow_loss_ratio", Self.labels).map(\.value) == [0, 0.5])
        bench.board.record(finding(isChange: true))
        #expect(bench.metrics().value("netprobe_path_changes_total", Self.labels) == 2)
        #expect(
            bench.metrics().all("netprobe_path_route_info", Self.labels).map { $0.labels["hash"] } == ["0123456789ab"],
            "the way from before the reload is replaced"
        )
    }

    @Test("a trace that a reload takes away has no series, also when one that still ran comes to its end")
    func removed() {
        var bench = Bench(Self.topology())
        bench.board.record(finding())
        bench.run([.settings(Bench.settings(Self.topology(trace: nil)))], at: 1)
        bench.board.record(finding())
        for name in ["changes_total", "mtu_bytes", "hops", "route_info", "flow_loss_ratio"] {
            #expect(bench.metrics().all("netprobe_path_\(name)").isEmpty)
        }
    }

    @Test("a trace that could not be made hides hops and losses, and keeps what is known of way and size")
    func missed() {
        let bench = Bench(Self.topology())
        bench.board.record(finding())
        var missed = finding()
        (missed.hops, missed.mtu, missed.flowLoss) = (nil, nil, [:])
        bench.board.record(missed)
        let metrics = bench.metrics()
        #expect(metrics.all("netprobe_path_hops").isEmpty && metrics.all("netprobe_path_flow_loss_ratio").isEmpty)
        #expect(metrics.value("netprobe_path_mtu_bytes", Self.labels) == 1500)
        #expect(metrics.all("netprobe_path_route_info", Self.labels).count == 1)
    }

    @Test("before any way is known none is shown")
    func withoutWay() {
        let bench = Bench(Self.topology())
        bench.board.record(finding(""))
        #expect(bench.metrics().all("netprobe_path_route_info").isEmpty)
    }
}
