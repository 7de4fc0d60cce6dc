import Model
import TestSupport

/// How many alerts of a kind a receiver held as firing, and when: what `netprobe_alert_active` says of itself.
struct Timeline {
    /// The labels of the metric.
    struct Kind: Hashable, CustomStringConvertible {
        var alert: String
        var severity: String

        var description: String { "\(alert) (\(severity))" }
    }

    /// After each change, in the order of time.
    private let changes: [Kind: [(at: WallTime, firing: Int)]]

    init(_ alerts: [ReceivedAlert]) {
        var firing: [Kind: Set<[String: String]>] = [:]
        var changes: [Kind: [(at: WallTime, firing: Int)]] = [:]
        for alert in alerts {
            let kind = Kind(alert: alert.name, severity: alert.labels["severity"] ?? "")
            if alert.isResolved {
                firing[kind]?.remove(alert.labels)
            } else {
                firing[kind, default: []].insert(alert.labels)
            }
            changes[kind, default: []].append((alert.arrivedAt, firing[kind]?.count ?? 0))
        }
        self.changes = changes
    }

    /// Those of which some alert fired this long at a stretch, seen at a moment.
    func lasting(_ time: Duration, until now: WallTime) -> Set<Kind> {
        Set(
            changes.filter { _, changes in
                let ends = changes.dropFirst().map(\.at) + [now]
                return zip(changes, ends).contains { $0.firing > 0 && $1 - $0.at >= time }
            }.keys
        )
    }

    /// The least and the most that fired within `margin` of a moment.
    func firing(_ kind: Kind, around moment: WallTime, margin: Duration) -> ClosedRange<Int> {
        let changes = changes[kind] ?? []
        let before = changes.last { $0.at <= moment + (.zero - margin) }?.firing ?? 0
        let within = changes.filter { $0.at > moment + (.zero - margin) && $0.at <= moment + margin }.map(\.firing)
        return (within + [before]).min().map { $0...max(before, within.max() ?? 0) } ?? 0...0
    }
}
