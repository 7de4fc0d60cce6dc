import Model
import TestSupport
import Testing

@testable import Alerting

@Suite(.onOwnThread) struct LatencyTests {
    @Test("the way from decision to acceptance, the disk included, is measured for every change")
    func printed() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        let harness = EngineHarness(ports: [receiver.port], directory: folder.path, timeout: .seconds(5))
        harness.step([condition(AlertIdentity(.watchdog), severity: .none)])
        _ = try receiver.firing("Watchdog")
        var latencies: [Duration] = []
        for round in 0..<20 {
            harness.step([condition(.circuitLost, clearFor: .zero, extraLabels: ["round": "\(round)"])])
            _ = try receiver.firing("CircuitLost", ["round": "\(round)"])
            harness.step([])
            _ = try receiver.resolved("CircuitLost", ["round": "\(round)"])
        }
        try eventually("the reports") {
            latencies += harness.engine.takeLatencies().map(\.latency)
            return latencies.count >= 41 ? true : nil
        }
        let sorted = latencies.sorted()
        print("decision → accepted: median \(sorted[sorted.count / 2]), worst \(sorted[sorted.count - 1])")
        #expect(latencies.allSatisfy { $0 > .zero })
        harness.engine.stop()
    }
}
