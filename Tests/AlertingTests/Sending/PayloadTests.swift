import Model
import TestSupport
import Testing

@testable import Alerting

@Suite struct PayloadTests {
    private func payload(_ format: ReceiverSettings.Format) -> Payload {
        Payload(
            format: format,
            runbookBase: "https://docs.example/alerts.md",
            generatorURL: "http://127.0.0.1:9719/",
            endsAfter: .seconds(900)
        )
    }

    private func fixed(_ kind: AlertNotice.Kind = .fired) -> AlertNotice {
        AlertNotice(
            kind: kind,
            identity: .circuitLost,
            severity: .critical,
            labels: AlertLabels([("alertname", "CircuitLost"), ("circuit", "kr-er-01"), ("empty", "")]),
            annotations: AlertAnnotations(
                summary: "circuit kr-er-01 is lost",
                description: "both edges are \"silent\"",
                layer: "provider circuit",
                owner: .provider,
                links: ["a", "b"]
            ),
            startsAt: WallTime(nanoseconds: 1_796_000_000_250_000_000),
            endsAt: WallTime(nanoseconds: 1_796_000_060_000_000_000),
            decidedAt: MonotonicTime(nanoseconds: 0)
        )
    }

    @Test("Alertmanager gets labels, annotations and both times by RFC 3339")
    func alertmanager() throws {
        let now = WallTime(nanoseconds: 1_796_000_100_000_000_000)
        let alert = payload(.alertmanagerAPI).postableAlert(fixed(), now: now)
        #expect(alert["labels"] == ["alertname": "CircuitLost", "circuit": "kr-er-01"])
        #expect(alert["startsAt"] == "2026-11-30T00:53:20.250Z")
        #expect(alert["endsAt"] == "2026-11-30T01:10:00.000Z")
        #expect(alert["annotations"]?["runbook_url"] == "https://docs.example/alerts.md#circuitlost")
        #expect(alert["annotations"]?["links"] == "a, b")
        #expect(alert["annotations"]?["owner"] == "provider")
        let resolved = payload(.alertmanagerAPI).postableAlert(fixed(.resolved), now: now)
        #expect(resolved["endsAt"] == "2026-11-30T00:54:20.000Z")
    }

    @Test("a wall clock that fell back to 1970 gives a valid order of times")
    func clock() {
        let alert = payload(.alertmanagerAPI).postableAlert(fixed(.resolved), now: WallTime(nanoseconds: 5))
        #expect(alert["startsAt"] == "1970-01-01T00:00:00.000Z")
        #expect(alert["endsAt"] == "1970-01-01T00:00:00.000Z")
    }

    @Test("the webhook payload has every member of Alertmanager's version 4")
    func webhook() throws {
        let body = payload(.alertmanager).webhook([fixed()], receiver: "netprobe", now: fixed().startsAt)
        for key in [
            "version", "groupKey", "truncatedAlerts", "receiver", "status", "groupLabels", "commonLabels",
            "commonAnnotations", "externalURL", "alerts",
        ] { #expect(body[key] != nil, "\(key)") }
        let alert = try #require(body["alerts"]?.asArray?.first)
        #expect(alert["status"] == "firing" && alert["endsAt"] == "0001-01-01T00:00:00Z")
        #expect(alert["fingerprint"]?.asString?.count == 16)
        let mixed = payload(.alertmanager).webhook([fixed(), fixed(.resolved)], receiver: "x", now: fixed().startsAt)
        #expect(mixed["status"] == "firing")
    }

    @Test("PagerDuty's event is resolved under the key it was triggered with")
    func pagerDuty() {
        let fired = payload(.pagerduty).pagerDuty([fixed()], routingKey: "k", now: fixed().startsAt)
        let resolved = payload(.pagerduty).pagerDuty([fixed(.resolved)], routingKey: "k", now: fixed().startsAt)
        #expect(fired["event_action"] == "trigger" && resolved["event_action"] == "resolve")
        #expect(fired["dedup_key"] == resolved["dedup_key"])
        #expect(fired["payload"]?["severity"] == "critical")
    }

    @Test("Slack's and Teams' cards name the alert, and texts of any length are cut")
    func chat() {
        var long = fixed()
        long.annotations.description = String(repeating: "<é>", count: 20_000)
        let slack = payload(.slack).slack([long])
        #expect(slack["attachments"]?.asArray?.first?["title"]?.asString?.contains("CircuitLost") == true)
        #expect(slack.bytes().count < 20_000)
        let teams = payload(.teams).teams(Array(repeating: long, count: payload(.teams).batchLimit))
        #expect(teams.bytes().count < 28_000)
        #expect(teams["attachments"]?.asArray?.count == 1)
    }

    @Test(
        "who gets what: repetitions are for Alertmanager, the watchdog for machines",
        arguments: ReceiverSettings.Format.allCases
    )
    func wants(format: ReceiverSettings.Format) {
        let watchdog = AlertIdentity(.watchdog)
        let payload = payload(format)
        #expect(payload.wants(notice()))
        #expect(payload.wants(notice(kind: .firingAgain)) == (format == .alertmanagerAPI))
        let isMachine = format == .alertmanagerAPI || format == .alertmanager
        #expect(payload.wants(notice(watchdog, kind: .firingAgain)) == isMachine)
        #expect(payload.wants(notice(watchdog)) == isMachine)
    }

    @Test(
        "moments are written in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_500_000_000, "2100-03-01T00:00:00.500Z"),
            (Int64.max, "2262-04-11T23:47:16.854Z"), (Int64.min, "1677-09-21T00:12:43.145Z"),
        ]
    )
    func rfc3339(nanoseconds: Int64, text: String) {
        #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
    }

    @Test("label names are made valid, empty values left out, earlier names kept")
    func labels() {
        let labels = AlertLabels([("a-b", "1"), ("9x", "2"), ("", "3"), ("c", ""), ("a_b", "4"), ("é", "5")])
        #expect(labels.pairs.map { "\($0.name)=\($0.value)" } == ["_9x=2", "__=5", "a_b=1"])
    }

    @Test("user name and password leave the URL and never show")
    func userInfo() {
        let receiver = ReceiverSettings(url: "https://bob:p%40ss@am.example:9093/x?token=abc", format: .alertmanagerAPI)
        #expect(receiver.url == "https://am.example:9093/x?token=abc")
        #expect(receiver.authorization == .basic(user: "bob", password: .value(Secret("p@ss"))))
        #expect(receiver.name == "https://am.example:9093")
        let shown = "\(receiver.authorization) \(receiver.name) \(receiver.key)"
        #expect(!shown.contains("p@ss") && !shown.contains("abc"))
    }
}
