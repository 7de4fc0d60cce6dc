import Alerting
import TestSupport
import Testing

@testable import Service

@Suite("The start of the monitor")
struct MonitorStartTests {
    /// A monitor that takes its time: when `start` returns, whoever asks is answered all the same.
    private static func start(_ bench: Bench) throws -> Monitor {
        var parts = bench.turn.parts
        parts.follow = { _ in Thread.sleep(.milliseconds(100)) }
        let monitor = try Monitor()
        try monitor.start(bench.turn.settings, parts)
        return monitor
    }

    @Test("once it has started the watchdog fires: no scrape sees it silent")
    func watchdog() throws {
        let bench = Bench()
        let monitor = try Self.start(bench)
        defer { monitor.stop() }
        #expect(bench.metrics().sum("netprobe_alert_active", ["alert": "Watchdog"]) == 1)
        #expect(bench.alerts.activeAlerts().contains { $0.identity.name == .watchdog && $0.state == .firing })
    }

    @Test("once it has started, what fired when the run before ended still fires")
    func restored() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let state = "\(folder.path)/state"
        var former = Bench(stateDirectory: state)
        former.alerts.start()
        for second in 1...5 {
            former.route(over: "er0", at: Double(second) - 0.5)
            former.round(at: Double(second))
        }
        for second in 6...8 { former.round(at: Double(second), dead: ["er0", "er1"]) }
        former.alerts.stop()
        let beginning = former.alerts.activeAlerts().first { $0.identity.name == .circuitLost }
        #expect(beginning?.state == .firing)

        let bench = Bench(stateDirectory: state)
        bench.alerts.start()
        let monitor = try Self.start(bench)
        defer {
            monitor.stop()
            bench.alerts.stop()
        }
        #expect(bench.metrics().sum("netprobe_alert_active", ["alert": "CircuitLost"]) == 1)
        let shown = bench.alerts.activeAlerts().first { $0.identity.name == .circuitLost }
        #expect(shown?.state == .firing && shown?.labels == beginning?.labels)
    }
}
