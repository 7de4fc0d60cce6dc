import Links
import Metering
import Model
import TestSupport
import Testing

@testable import Service

@Suite("pages of metrics")
struct MetricsPageTests {
    @Test("no page shows a move without its count, whenever it is asked for")
    func together() async throws {
        var bench = Bench.healthy()
        let onCircuit = try #require(bench.views.current.snapshot)
        bench.route(over: "vpn0", at: 20)
        let onTunnel = try #require(bench.views.current.snapshot)
        let (board, alerts, clock) = (bench.board, bench.alerts, Sample.clock(20))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var (from, to) = (2, 1)
                while !Task.isCancelled {
                    let move = LinksChange.failover(
                        link: "seoul-koreacentral",
                        from: from,
                        to: to,
                        at: clock.monotonic,
                        evidence: []
                    )
                    board.show(to == 1 ? onCircuit : onTunnel, clock, after: [move])
                    (from, to) = (to, from)
                }
            }
            for _ in 0..<150 {
                let page = Exposition(String(decoding: board.render(.text, alerts: alerts), as: UTF8.self))
                let left = page.value("netprobe_link_failovers_total", ["from": "1", "to": "2"]) ?? 0
                let back = page.value("netprobe_link_failovers_total", ["from": "2", "to": "1"]) ?? 0
                #expect(page.value("netprobe_link_active_tier") == 1 + left - back)
                await Task.yield()
            }
            group.cancelAll()
        }
        let moves = bench.metrics().value("netprobe_link_failovers_total", ["from": "2", "to": "1"])
        #expect((moves ?? 0) > 1)
    }
}
