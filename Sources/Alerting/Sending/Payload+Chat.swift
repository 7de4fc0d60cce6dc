import Model

extension Payload {
    /// One line for people: `[FIRING] CircuitLost: kr-er-01 …`.
    private func title(_ notice: AlertNotice) -> String {
        let state = notice.isResolved ? "RESOLVED" : "FIRING \(notice.severity.rawValue)"
        return Self.cut("[\(state)] \(notice.identity.name.rawValue): \(notice.annotations.summary)", to: 1024)
    }

    static func cut(_ text: String, to limit: Int) -> String {
        text.count <= limit ? text : String(text.prefix(limit - 1)) + "…"
    }

    /// Slack's incoming webhook: one attachment for each alert.
    func slack(_ notices: [AlertNotice]) -> JSONValue {
        let attachments = notices.map { notice -> JSONValue in
            [
                "fallback": .string(title(notice)), "title": .string(title(notice)),
                "title_link": .string(generatorURL),
                "text": .string(Self.cut(Self.slackEscaped(notice.annotations.description), to: 3000)),
                "color": .string(notice.isResolved ? "good" : notice.severity == .critical ? "danger" : "warning"),
            ]
        }
        return ["attachments": .array(attachments)]
    }

    /// Slack reads `&`, `<` and `>` as its own marks.
    private static func slackEscaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }

    /// An adaptive card for a Teams workflow (28 KB at most).
    func teams(_ notices: [AlertNotice]) -> JSONValue {
        var body: [JSONValue] = []
        for notice in notices {
            let color = notice.isResolved ? "Good" : notice.severity == .critical ? "Attention" : "Warning"
            body.append([
                "type": "TextBlock", "text": .string(Self.cut(title(notice), to: 300)), "weight": "Bolder",
                "wrap": true, "color": .string(color),
            ])
            body.append([
                "type": "TextBlock", "text": .string(Self.cut(notice.annotations.description, to: 700)), "wrap": true,
            ])
        }
        let card: JSONValue = [
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard",
            "version": "1.2", "body": .array(body), "msteams": ["width": "full"],
        ]
        let attachment: JSONValue = [
            "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card,
        ]
        return ["type": "message", "attachments": [attachment]]
    }

    /// PagerDuty's Events API, version 2: one event for each alert.
    func pagerDuty(_ notices: [AlertNotice], routingKey: String, now: WallTime) -> JSONValue {
        guard let notice = notices.first else { return [:] }
        let severity = [.critical: "critical", .warning: "warning"][notice.severity] ?? "info"
        let key = String(Checksum.fnv1a(notice.labels.json.text().utf8), radix: 16)
        let details =
            notice.labels.pairs.map { ($0.name, JSONValue.string($0.value)) }
            + annotations(notice).map { ($0, .string(Self.cut($1, to: 4000))) }
        var members: [(String, JSONValue)] = [
            ("routing_key", .string(routingKey)),
            ("event_action", .string(notice.isResolved ? "resolve" : "trigger")),
            ("dedup_key", .string("netprobe-\(key)")), ("client", "netprobe"),
            (
                "payload",
                [
                    "summary": .string(title(notice)),
                    "source": .string(notice.labels["vantage"] ?? "netprobe"),
                    "severity": .string(severity),
                    "timestamp": .string(startsAt(notice, now: now).rfc3339),
                    "class": .string(notice.identity.name.rawValue),
                    "group": .string(notice.labels["site"] ?? ""),
                    "custom_details": .object(Self.unique(details)),
                ]
            ),
        ]
        if !generatorURL.isEmpty { members.append(("client_url", .string(generatorURL))) }
        return .object(members)
    }

    private static func unique(_ members: [(String, JSONValue)]) -> [(String, JSONValue)] {
        var seen = Set<String>()
        return members.filter { seen.insert($0.0).inserted }
    }
}
