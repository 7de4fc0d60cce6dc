import Model

extension AlertNotice {
    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "identity": identity.json, "severity": .string(severity.rawValue),
            "labels": labels.json, "annotations": annotations.json, "starts_at_ns": .integer(startsAt.nanoseconds),
            "ends_at_ns": .integer(endsAt.nanoseconds),
        ]
    }

    /// nil when something is missing or unknown. The moment of the decision is not kept: it belongs to another run.
    init?(json: JSONValue, decidedAt: MonotonicTime) {
        guard let kind = json["kind"]?.asString.flatMap(Kind.init(rawValue:)),
            let identity = AlertIdentity(json: json["identity"]),
            let severity = json["severity"]?.asString.flatMap(AlertSeverity.init(rawValue:)),
            let labels = AlertLabels(json: json["labels"]),
            let annotations = AlertAnnotations(json: json["annotations"]),
            let startsAt = json["starts_at_ns"]?.asInteger,
            let endsAt = json["ends_at_ns"]?.asInteger
        else { return nil }
        self.init(
            kind: kind,
            identity: identity,
            severity: severity,
            labels: labels,
            annotations: annotations,
            startsAt: WallTime(nanoseconds: startsAt),
            endsAt: WallTime(nanoseconds: max(startsAt, endsAt)),
            decidedAt: decidedAt
        )
    }
}
