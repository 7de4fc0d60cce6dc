import Alerting
import Document
import Model
import Probing
import Settings
import TestSupport
import Testing
import Wire

@testable import Scheduling
@testable import Service

@Suite("What a configuration means to the program", .onOwnThread)
struct RunSettingsTests {
    private struct Host: HostFacts {
        let hostName = "test-host"
        func hasInterface(_ name: String) -> Bool { true }
        func hasLocalAddress(_ address: IPAddress) -> Bool { true }
        func interface(in subnet: Subnet) -> String? { nil }
        func access(to path: String) -> FileAccess { .readable(mode: 0o600) }
        func mistake(inFilter expression: String) -> String? { nil }
        func reversePathFilter(of interface: String) -> Int? { 0 }
    }

    private func settings(_ text: String, environment: [String: String] = [:]) throws -> RunSettings {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("netprobe.yml", text)
        let result = Configuration.load(path: path, environment: environment, host: Host())
        let lines = result.diagnostics.map(\.description).joined(separator: "\n")
        return RunSettings(try #require(result.configuration, "\(lines)"))
    }

    @Test("an empty file probes nothing and alerts nobody")
    func empty() throws {
        let settings = try settings("schema: 1\n")
        #expect(settings.topology.links.isEmpty && settings.targets.isEmpty)
        #expect(settings.alerts.receivers.isEmpty && settings.unbuiltSections.isEmpty)
        #expect(settings.alerts.stateDirectory == "/var/lib/netprobe")
    }

    @Test("rules are taken over by their names; those of parts that are not built change nothing")
    func rules() throws {
        let rules = try settings(
            """
            alerting:
              rules: {RedundancyLost: {for: 1m, severity: critical}, StandbyPathDown: off, DrillOverdue: off}
              ends_after: 5m
              dry_run: true
            """
        ).alerts
        #expect(
            rules.rules == [
                .redundancyLost: AlertRuleOverride(holdFor: .seconds(60), severity: .critical), .standbyPathDown: .off,
            ]
        )
        #expect(rules.timing.endsAfter == .seconds(300) && rules.isDryRun)
    }

    @Test("each receiver keeps its format, credentials and authorities; secret files are read at use")
    func receivers() throws {
        let receivers = try settings(
            """
            alerting:
              alertmanagers:
                - {url: "https://am1:9093", basic_auth: {username: u, password: "${PASS}"}, ca_file: /etc/ca.pem}
                - {url: "https://am2:9093", bearer_token_file: /run/token}
              webhooks:
                - {url_file: /run/slack.url, format: slack}
                - {format: pagerduty, routing_key_file: /run/key}
            """,
            environment: ["PASS": "hunter2"]
        ).alerts.receivers
        #expect(receivers.map(\.format) == [.alertmanagerAPI, .alertmanagerAPI, .slack, .pagerduty])
        #expect(receivers[0].authorization == .basic(user: "u", password: .value(Secret("hunter2"))))
        #expect(receivers[0].caFile == "/etc/ca.pem")
        #expect(receivers[1].authorization == .bearer(.file("/run/token")))
        #expect(receivers[2].urlFile == "/run/slack.url" && receivers[2].url.isEmpty)
        #expect(receivers[3].routingKey == .file("/run/key"))
    }

    @Test("a webhook whose URL file cannot be read now is a receiver all the same")
    func absentFile() throws {
        let receivers = try settings("alerting: {webhooks: [{url_file: /nonexistent/url}]}").alerts.receivers
        #expect(receivers.map(\.urlFile) == ["/nonexistent/url"])
    }

    @Test("a probe through a proxy is not sent directly instead")
    func proxied() throws {
        let settings = try settings(
            """
            proxies: [{name: squid, url: "http://10.0.0.3:3128"}]
            probes: [icmp://10.0.0.7, {target: "https://example.com", via: squid}]
            """
        )
        #expect(settings.targets.map(\.via) == [nil, "squid"])
        #expect(settings.services.proxies["squid"]?.host == "10.0.0.3")
        let plan = ProbePlan(topology: settings.topology, targets: settings.targets, services: settings.services.plan)
        var book = TaskBook(portSeed: 0)
        _ = book.adopt(plan)
        #expect(book.tasks().map(\.destination.description) == ["10.0.0.7"])
        let requests = book.requests(through: settings.services.proxies)
        #expect(requests.map { $0.proxy?.name ?? "" } == ["squid", ""], "the target through it, and the proxy itself")
        #expect(book.requests().map(\.target.host) == ["10.0.0.3"], "without its proxy a target is not asked at all")
    }

    @Test("sections that nothing acts on are named")
    func unbuilt() throws {
        let sections = try settings(
            """
            probes: [icmp://10.0.0.7]
            host_checks: {interval: 1m}
            """
        ).unbuiltSections
        #expect(sections == ["host_checks"])
    }

    @Test("the text for /config shows no secret")
    func text() throws {
        let text = try settings(
            "alerting: {webhooks: [{url: \"https://hooks.example/${KEY}\"}]}",
            environment: ["KEY": "hunter2"]
        ).text
        #expect(!text.contains("hunter2") && text.contains("<secret>"))
    }

    @Test("every alert that the program raises can be overridden in the file")
    func names() {
        for name in AlertName.allCases { #expect(AlertNames.all.contains(name.rawValue), "\(name)") }
    }
}
