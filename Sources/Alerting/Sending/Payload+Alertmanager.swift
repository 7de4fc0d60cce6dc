import Model

extension Payload {
    /// One alert as Alertmanager's v2 API takes it (`PostableAlert`).
    func postableAlert(_ notice: AlertNotice, now: WallTime) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("labels", notice.labels.json),
            ("annotations", .object(annotations(notice).map { ($0, .string($1)) })),
            ("startsAt", .string(startsAt(notice, now: now).rfc3339)),
            ("endsAt", .string(endsAt(notice, now: now).rfc3339)),
        ]
        if !generatorURL.isEmpty { members.append(("generatorURL", .string(generatorURL))) }
        return .object(members)
    }

    /// The payload that Alertmanager sends to webhooks, version 4.
    func webhook(_ notices: [AlertNotice], receiver: String, now: WallTime) -> JSONValue {
        let group = notices.first.map { $0.identity.name.rawValue } ?? ""
        let labels = Self.common(notices.map { $0.labels.pairs.map { ($0.name, $0.value) } })
        let texts = Self.common(notices.map(annotations))
        return [
            "version": "4", "groupKey": .string("{}:{alertname=\"\(group)\"}"), "truncatedAlerts": 0,
            "receiver": .string(receiver),
            "status": .string(notices.allSatisfy(\.isResolved) ? "resolved" : "firing"),
            "groupLabels": ["alertname": .string(group)],
            "commonLabels": .object(labels.map { ($0, .string($1)) }),
            "commonAnnotations": .object(texts.map { ($0, .string($1)) }),
            "externalURL": .string(generatorURL),
            "alerts": .array(notices.map { webhookAlert($0, now: now) }),
        ]
    }

    private func webhookAlert(_ notice: AlertNotice, now: WallTime) -> JSONValue {
        let fingerprint = String(Checksum.fnv1a(notice.labels.json.text().utf8), radix: 16)
        return [
            "status": .string(notice.isResolved ? "resolved" : "firing"),
            "labels": notice.labels.json,
            "annotations": .object(annotations(notice).map { ($0, .string($1)) }),
            "startsAt": .string(startsAt(notice, now: now).rfc3339),
            "endsAt": .string(notice.isResolved ? endsAt(notice, now: now).rfc3339 : "0001-01-01T00:00:00Z"),
            "generatorURL": .string(generatorURL),
            "fingerprint": .string(String(repeating: "0", count: max(0, 16 - fingerprint.count)) + fingerprint),
        ]
    }

    /// The pairs that all sets share.
    private static func common(_ sets: [[(String, String)]]) -> [(String, String)] {
        guard let first = sets.first else { return [] }
        return first.filter { pair in sets.dropFirst().allSatisfy { $0.contains { $0 == pair } } }
    }
}
