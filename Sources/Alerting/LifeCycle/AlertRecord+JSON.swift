import Model

extension AlertLabels {
    var json: JSONValue { .object(pairs.map { ($0.name, .string($0.value)) }) }

    init?(json: JSONValue?) {
        guard let members = json?.asObject else { return nil }
        var labels: [(String, String)] = []
        for (name, value) in members {
            guard let text = value.asString else { return nil }
            labels.append((name, text))
        }
        self.init(labels)
    }
}

extension AlertAnnotations {
    var json: JSONValue {
        [
            "summary": .string(summary), "description": .string(description), "layer": .optional(layer),
            "owner": .optional(owner?.rawValue), "links": .array(links.map(JSONValue.string)),
        ]
    }

    init?(json: JSONValue?) {
        guard let json, let summary = json["summary"]?.asString, let text = json["description"]?.asString else {
            return nil
        }
        self.init(
            summary: summary,
            description: text,
            layer: json["layer"]?.asString,
            owner: json["owner"]?.asString.flatMap(Owner.init(rawValue:)),
            links: (json["links"]?.asArray ?? []).compactMap(\.asString)
        )
    }
}

extension AlertIdentity {
    var json: JSONValue {
        .object([("alertname", .string(name.rawValue))] + object.labels.map { ($0, .string($1)) })
    }

    /// nil for an alert that this version does not know.
    init?(json: JSONValue?) {
        guard let json, let name = json["alertname"]?.asString.flatMap(AlertName.init(rawValue:)) else { return nil }
        self.init(
            name,
            AlertObject(
                link: json["link"]?.asString,
                path: json["path"]?.asString.map(PathID.init(rawValue:)),
                circuit: json["circuit"]?.asString,
                connection: json["connection"]?.asString.flatMap(Connection.init(rawValue:)),
                peering: json["peering"]?.asString.flatMap(Peering.init(rawValue:)),
                target: json["target"]?.asString,
                proxy: json["proxy"]?.asString
            )
        )
    }
}

extension AlertRecord {
    var json: JSONValue {
        [
            "phase": .string(phase.rawValue), "identity": identity.json, "severity": .string(severity.rawValue),
            "labels": labels.json, "annotations": annotations.json, "starts_at_ns": .integer(startsAt.nanoseconds),
            "held_since_ns": .optional(heldSince?.nanoseconds),
            "ends_at_ns": .optional(endsAt?.nanoseconds), "clear_since_ns": .optional(clearSince?.nanoseconds),
            "clear_for_ns": .integer(clearFor.nanoseconds), "episode": .optional(episode),
            "memory": .array(memory.map(JSONValue.string)),
        ]
    }

    /// nil when something needed is missing or unknown.
    init?(json: JSONValue) {
        guard let phase = json["phase"]?.asString.flatMap(Phase.init(rawValue:)),
            let identity = AlertIdentity(json: json["identity"]),
            let severity = json["severity"]?.asString.flatMap(AlertSeverity.init(rawValue:)),
            let labels = AlertLabels(json: json["labels"]),
            let annotations = AlertAnnotations(json: json["annotations"]),
            let startsAt = json["starts_at_ns"]?.asInteger
        else { return nil }
        self.init(
            phase: phase,
            identity: identity,
            severity: severity,
            labels: labels,
            annotations: annotations,
            startsAt: WallTime(nanoseconds: startsAt),
            heldSince: json["held_since_ns"]?.asInteger.map(WallTime.init(nanoseconds:)),
            endsAt: json["ends_at_ns"]?.asInteger.map(WallTime.init(nanoseconds:)),
            clearSince: json["clear_since_ns"]?.asInteger.map(WallTime.init(nanoseconds:)),
            clearFor: .nanoseconds(max(0, json["clear_for_ns"]?.asInteger ?? 0)),
            episode: json["episode"]?.asInteger,
            memory: (json["memory"]?.asArray ?? []).compactMap(\.asString)
        )
    }
}
