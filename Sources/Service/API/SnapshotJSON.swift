import Alerting
import Links
import Model
import Settings

/// The documents of `/api/v1`; times are RFC 3339, durations integers in nanoseconds.
struct SnapshotJSON {
    let snapshot: Snapshot
    let clock: ClockReading

    /// `/api/v1/links`
    var links: JSONValue {
        .object([
            ("at", time(snapshot.at)),
            ("site", site),
            ("circuits", .array(snapshot.circuits.map(circuit))),
            ("links", .array(snapshot.links.map(link))),
        ])
    }

    /// `/api/v1/paths`
    var paths: JSONValue {
        let users = snapshot.links.flatMap(\.paths)
        return .object([
            ("at", time(snapshot.at)),
            (
                "paths",
                .array(
                    snapshot.paths.map { facts in
                        .object([
                            ("path", .string(facts.id.rawValue)),
                            ("edge_answering", facts.edgeAnswering.map { .bool($0) } ?? .null),
                            (
                                "pin",
                                .object([
                                    ("forward", .string(facts.forward.rawValue)),
                                    ("return", .string(facts.backward.rawValue)),
                                ])
                            ),
                            ("bfd", facts.bfd.map { .string($0.rawValue) } ?? .null),
                            ("lost_tunnels", .array(facts.lostTunnels.map { .string($0.description) })),
                            ("links", .array(users.filter { $0.path == facts.id }.map(path))),
                        ])
                    }
                )
            ),
        ])
    }

    private func time(_ moment: MonotonicTime) -> JSONValue { .string(clock.wallTime(of: moment).rfc3339) }

    private func evidence(_ list: [Evidence]) -> JSONValue {
        .array(list.map { .object([("at", time($0.at)), ("text", .string($0.text))]) })
    }

    private var site: JSONValue {
        .object([
            ("isolated", .bool(snapshot.site.isIsolated)),
            (
                "references",
                .array(
                    snapshot.site.references.map {
                        .object([("target", .string($0.target.description)), ("state", .string($0.state.rawValue))])
                    }
                )
            ),
        ])
    }

    private func circuit(_ status: CircuitStatus) -> JSONValue {
        .object([
            ("circuit", .string(status.name)),
            ("provider", status.provider.map { .string($0) } ?? .null),
            ("peering", .string(status.peering.rawValue)),
            ("lost", .bool(status.isLost)),
            (
                "connections",
                .array(
                    status.connections.map {
                        .object([
                            ("connection", .string($0.connection.rawValue)), ("path", .string($0.path.rawValue)),
                            ("state", .string($0.state.rawValue)), ("since", time($0.since)),
                        ])
                    }
                )
            ),
            ("links", .array(status.links.map { .string($0) })),
        ])
    }

    private func link(_ status: LinkStatus) -> JSONValue {
        .object([
            ("link", .string(status.name)),
            ("peering", .string(status.peering.rawValue)),
            ("labels", .object(status.labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ("state", .string(status.state.rawValue)),
            ("since", time(status.since)),
            ("evidence", evidence(status.evidence)),
            ("layer", status.state == .protected ? .null : .string(status.layer.rawValue)),
            ("owner", status.state == .protected ? .null : .string(status.owner.rawValue)),
            ("active", active(status)),
            ("outage", outage(status)),
            ("paths", .array(status.paths.map(path))),
            ("workloads", .array(status.workloads.map(workload))),
        ])
    }

    private func active(_ status: LinkStatus) -> JSONValue {
        .object([
            ("tier", status.activeTier.map { .integer(Int64($0)) } ?? .null),
            ("since", time(status.activeTierSince)),
            ("paths", status.activePaths.map { .array($0.sorted().map { .string($0.rawValue) }) } ?? .null),
            ("evidence", evidence(status.activeEvidence)),
        ])
    }

    private func outage(_ status: LinkStatus) -> JSONValue {
        .object([
            ("current_since", status.outageStart.map(time) ?? .null),
            ("current_ns", .integer(max(0, status.outageDuration?.nanoseconds ?? 0))),
            ("last_ns", status.lastOutage.map { .integer($0.duration.nanoseconds) } ?? .null),
            ("last_end", status.lastOutage.map { time($0.end) } ?? .null),
        ])
    }

    private func path(_ status: PathStatus) -> JSONValue {
        .object([
            ("link", .string(status.link)),
            ("path", .string(status.path.rawValue)),
            ("kind", .string(status.kind.rawValue)),
            ("tier", .integer(Int64(status.tier))),
            ("state", .string(status.state.rawValue)),
            ("since", time(status.since)),
            ("active", .bool(status.isActive)),
            ("edge_silent", .bool(status.isEdgeSilent)),
            ("flapping", .bool(status.isFlapping)),
            ("loss_ratio", status.lossRatio.map { .number($0) } ?? .null),
            ("rtt_ns", status.roundTrip.map { .integer($0.nanoseconds) } ?? .null),
            ("layer", status.state.isUp ? .null : .string(status.layer.rawValue)),
            ("owner", status.state.isUp ? .null : .string(status.owner.rawValue)),
            ("evidence", evidence(status.evidence)),
        ])
    }

    private func workload(_ status: WorkloadStatus) -> JSONValue {
        let paths = status.paths.sorted().map { JSONValue.string($0.rawValue) }
        return .object([
            ("target", .string(status.target.description)),
            ("state", .string(status.state.rawValue)),
            ("since", time(status.since)),
            ("paths", .array(paths)),
            ("lost_flows", .array(status.lostFlows.map { .integer(Int64($0)) })),
            ("lost_source_ports", .array(status.flows.compactMap(\.sourcePort).map { .integer(Int64($0)) })),
            (
                "flows",
                .array(
                    status.flows.map {
                        .object([
                            ("flow", .integer(Int64($0.flow))), ("state", .string($0.state.rawValue)),
                            ("path", $0.path.map { .string($0.rawValue) } ?? .null),
                            ("loss_ratio", $0.lossRatio.map { .number($0) } ?? .null),
                        ])
                    }
                )
            ),
        ])
    }
}

/// The documents about alerts and events.
enum AlertsJSON {
    /// `/api/v1/alerts`, in the shape of Prometheus' own API.
    static func alerts(_ alerts: [ActiveAlert], runbooks: String) -> JSONValue {
        .object([
            ("status", .string("success")),
            (
                "data",
                .object([
                    (
                        "alerts",
                        .array(
                            alerts.map { alert in
                                .object([
                                    ("labels", .object(alert.labels.pairs.map { ($0.name, .string($0.value)) })),
                                    (
                                        "annotations",
                                        .object([
                                            ("summary", .string(alert.annotations.summary)),
                                            ("description", .string(alert.annotations.description)),
                                            ("layer", alert.annotations.layer.map { .string($0) } ?? .null),
                                            ("owner", alert.annotations.owner.map { .string($0.rawValue) } ?? .null),
                                            ("links", .string(alert.annotations.links.joined(separator: ", "))),
                                            ("runbook_url", .string(alert.identity.name.runbook(base: runbooks))),
                                        ])
                                    ),
                                    ("state", .string(alert.state.rawValue)),
                                    ("activeAt", .string(alert.startsAt.rfc3339)),
                                    ("value", .string("1")),
                                ])
                            }
                        )
                    )
                ])
            ),
        ])
    }

    /// `/api/v1/events`: changes of paths, links and alerts, and incidents with their traces, oldest first.
    static func events(
        _ journal: [JournalEntry],
        _ alerts: [AlertEvent],
        incidents: [Incident] = []
    ) -> JSONValue {
        let changes = journal.map { entry in
            (
                entry.at,
                JSONValue.object([
                    ("at", .string(entry.at.rfc3339)), ("kind", .string("change")),
                    ("link", entry.link.map { .string($0) } ?? .null),
                    ("path", entry.path.map { .string($0.rawValue) } ?? .null), ("text", .string(entry.text)),
                ])
            )
        }
        let notices = alerts.map { event in
            (
                event.at,
                JSONValue.object([
                    ("at", .string(event.at.rfc3339)), ("kind", .string("alert_\(event.kind.rawValue)")),
                    ("alert", .string(event.identity.name.rawValue)), ("severity", .string(event.severity.rawValue)),
                    ("text", .string(event.summary)),
                ])
            )
        }
        return .object([
            ("events", .array((changes + notices).sorted { $0.0 < $1.0 }.map(\.1))),
            ("incidents", .array(incidents.map(\.json))),
        ])
    }
}
