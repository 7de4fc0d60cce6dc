import Glibc
import Model
import TestSupport
import Testing

@testable import Alerting

/// Debian's Alertmanager on loopback, ended with the test.
private final class RealAlertmanager {
    let port: UInt16
    private let process: Subprocess
    private let folder: TemporaryFolder

    init(port wanted: UInt16? = nil) throws {
        folder = try TemporaryFolder()
        let free = try TCP.listen(on: "127.0.0.1", port: wanted ?? 0)
        port = TCP.port(of: free)
        close(free)
        let configuration = try folder.write(
            "alertmanager.yml",
            "route:\n  receiver: none\nreceivers:\n  - name: none\n"
        )
        let program = Requirement.path(of: "prometheus-alertmanager") ?? "prometheus-alertmanager"
        process = try Subprocess([
            program, "--config.file=\(configuration)", "--storage.path=\(folder.path)/data",
            "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=", "--log.level=warn",
        ])
        try eventually("Alertmanager to be ready", within: .seconds(30)) {
            (try? HTTP.get("/-/ready", port: port))?.status == 200 ? true : nil
        }
    }

    /// Alerts as its own API gives them, by name.
    func alerts() throws -> [String: JSONValue] {
        let answer = try HTTP.get("/api/v2/alerts", port: port)
        let list = try JSONValue(parsing: answer.body).asArray ?? []
        return Dictionary(list.map { ($0["labels"]?["alertname"]?.asString ?? "", $0) }) { first, _ in first }
    }

    func end() {
        process.destroy()
        folder.remove()
    }
}

@Suite(.onOwnThread, .serialized) struct RealAlertmanagerTests {
    private static let requirement = Requirement.program("prometheus-alertmanager", package: "prometheus-alertmanager")

    @Test("a real Alertmanager takes every kind of alert with its labels, and the resolve ends it")
    func takes() throws {
        guard Requirement.met(Self.requirement) else { return }
        let manager = try RealAlertmanager()
        defer { manager.end() }
        let harness = EngineHarness(ports: [manager.port], directory: nil, timeout: .seconds(5))
        let all = AlertName.allCases.map {
            condition(AlertIdentity($0), clearFor: .zero, extraLabels: ["team": "core"])
        }
        harness.step(all)
        let names = Set(AlertName.allCases.map(\.rawValue))
        try eventually("all alerts", within: .seconds(10)) { Set(try manager.alerts().keys) == names ? true : nil }
        let lost = try #require(try manager.alerts()["CircuitLost"])
        #expect(lost["labels"]?["team"] == "core" && lost["labels"]?["vantage"] == "probe-a")
        #expect(lost["annotations"]?["runbook_url"]?.asString?.hasSuffix("#circuitlost") == true)
        harness.step([])
        try eventually("the end of all", within: .seconds(10)) { try manager.alerts().isEmpty ? true : nil }
        #expect(harness.engine.metrics().failures.isEmpty)
        harness.engine.stop()
    }

    @Test("an Alertmanager that is down misses nothing: on its return it gets what fires, with the first startsAt")
    func returns() throws {
        guard Requirement.met(Self.requirement) else { return }
        let free = try TCP.listen(on: "127.0.0.1", port: 0)
        let port = TCP.port(of: free)
        close(free)
        let harness = EngineHarness(ports: [port], directory: nil, timeout: .seconds(5))
        harness.step([condition(.circuitLost)])
        let startsAt = try #require(harness.engine.activeAlerts().first).startsAt
        try eventually("a failure") { harness.engine.metrics().failures.isEmpty ? nil : true }
        let manager = try RealAlertmanager(port: port)
        defer { manager.end() }
        let alert = try eventually("the alert", within: .seconds(10)) { try manager.alerts()["CircuitLost"] }
        #expect(alert["startsAt"]?.asString == startsAt.rfc3339)
        harness.engine.stop()
    }
}
