import Model
import Traceroute
import Wire

extension Incident {
    /// As `/api/v1/events` shows it.
    var json: JSONValue {
        .object([
            ("incident", .integer(Int64(number))),
            ("link", .string(link)),
            ("kind", .string(kind.rawValue)),
            ("started", .string(startedAt.rfc3339)),
            ("ended", endedAt.map { .string($0.rfc3339) } ?? .null),
            ("closed", .bool(isClosed)),
            ("outage_ns", outage.map { .integer($0.nanoseconds) } ?? .null),
            ("from", from.json),
            ("to", to.json),
            (
                "evidence",
                .array(notes.map { .object([("at", .string($0.at.rfc3339)), ("text", .string($0.text))]) })
            ),
            ("traces", .array(traces.map(\.json))),
            ("dropped", .integer(Int64(dropped))),
        ])
    }
}

extension Incident.Place {
    fileprivate var json: JSONValue {
        .object([
            ("tier", tier.map { .integer(Int64($0)) } ?? .null),
            ("paths", .array(paths.map { .string($0.rawValue) })),
        ])
    }
}

extension IncidentTrace {
    fileprivate var json: JSONValue {
        .object([
            ("moment", .string(moment.rawValue)),
            ("at", .string(at.rfc3339)),
            ("target", .string(target.description)),
            ("pin", pin.map { .string($0) } ?? .null),
            ("status", .string(verdict.status.rawValue)),
            ("sentence", .string(verdict.sentence)),
            ("layer", verdict.layer.map { .string($0.rawValue) } ?? .null),
            ("owner", verdict.owner.map { .string($0.rawValue) } ?? .null),
            ("path", path.map { .string($0.rawValue) } ?? .null),
            ("route_hash", .string(hash)),
            ("flows", .array(flows.map(\.json))),
        ])
    }
}

extension IncidentTrace.Flow {
    fileprivate var json: JSONValue {
        .object([
            ("flow", .integer(Int64(number))),
            ("source_port", sourcePort.map { .integer(Int64($0)) } ?? .null),
            ("loss_ratio", loss.map { .number($0) } ?? .null),
            ("path", path.map { .string($0.rawValue) } ?? .null),
            ("responders", .array(responders.map { $0.map { .string($0.description) } ?? .null })),
        ])
    }
}
