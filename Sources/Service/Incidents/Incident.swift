import Model
import Traceroute
import Wire

/// What happened to one link around an outage or a move of its traffic to another tier, with what was seen of its ways
/// before and at that moment.
struct Incident: Sendable, Equatable {
    enum Kind: String, Sendable {
        /// No workload answered, and the traffic came back where it was.
        case outage
        /// The traffic went to a lower tier.
        case failover
        /// It came back to a higher one.
        case failback
    }

    /// When a trace was made.
    enum Moment: String, Sendable {
        /// The last regular one.
        case before
        /// At once when the outage was known.
        case began
        /// At once when the traffic took another tier.
        case moved
        /// At once when a workload answered again.
        case ended
    }

    struct Note: Sendable, Equatable {
        var at: WallTime
        var text: String
    }

    /// Where the link's traffic went.
    struct Place: Sendable, Equatable {
        /// From 1; nil: not known.
        var tier: Int?
        /// Empty: not known.
        var paths: [PathID] = []
    }

    /// Counts from 1 since the start.
    var number: Int
    var link: String
    var kind: Kind
    /// Of an outage: sending of the last answered probe; else when the move was seen.
    var startedAt: WallTime
    /// Of an outage: sending of the first answered probe; else when the move was seen. Nil while it lasts.
    var endedAt: WallTime?
    /// How long no workload answered; nil: one always did, or the outage lasts.
    var outage: Duration?
    var from: Place
    var to: Place
    /// Nothing has come to it for a while.
    var isClosed = false
    /// Oldest first.
    var notes: [Note] = []
    var traces: [IncidentTrace] = []
    /// Notes and traces beyond the limits.
    var dropped = 0
}

/// A trace as an incident keeps it.
struct IncidentTrace: Sendable, Equatable {
    struct Flow: Sendable, Equatable {
        var number: Int
        /// Nil for ICMP.
        var sourcePort: UInt16?
        /// At the target; nil where nothing had to reach it.
        var loss: Double?
        /// A configured path that its hops prove.
        var path: PathID?
        /// By TTL from 1; nil for silence.
        var responders: [IPAddress?]
    }

    var moment: Incident.Moment
    var at: WallTime
    var target: Target
    /// The path whose pin the probes had; nil for the host's own route.
    var pin: String?
    var verdict: TraceVerdict
    /// Nil: unknown.
    var path: PathID?
    var hash: String
    var flows: [Flow]

    init(_ report: TraceReport, _ moment: Incident.Moment, of target: Target, pin: String?) {
        self.moment = moment
        at = report.startedAt
        self.target = target
        self.pin = pin
        verdict = report.verdict
        path = report.identity.path
        hash = report.routeHashText
        flows = report.flows.map { flow in
            Flow(
                number: flow.number,
                sourcePort: flow.sourcePort,
                loss: flow.statistics.sent == 0 || !report.isLossKnown ? nil : flow.statistics.loss,
                path: flow.path,
                responders: flow.responders
            )
        }
    }
}
