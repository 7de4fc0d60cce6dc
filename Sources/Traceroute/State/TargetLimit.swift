internal import Model
internal import Wire

/// Whether a target that leaves probes unanswered limits its ICMP errors. Its own answers only allow that; the routers before it
/// tell: while it is silent for its limit, they go on answering.
public enum TargetLimit: Hashable, Sendable {
    /// What is missing is lost.
    case none
    /// It may be its limit as well as loss: no router tells, or too few answers are missing.
    case possible
    /// The packets came up to it, for the router before it answered all the time.
    case shown

    /// Routers that answer this share of their probes lose nothing; single losses happen.
    private static let steady = 0.9
    /// Fewer misses than that look alike, whatever their reason.
    private static let telling = 3

    /// What the target and the routers before it were asked.
    struct Evidence: Sendable {
        fileprivate var target: [TraceProbe] = []
        /// By TTL.
        fileprivate var routers: [Int: [TraceProbe]] = [:]
        /// Of the rounds that the target left unanswered.
        fileprivate var missed: [Int: [TraceProbe]] = [:]

        /// - Parameters:
        ///   - flows: that get as far as the target, or end where nobody tells.
        ///   - haveReached: in earlier rounds, where the hint says.
        init(_ flows: [TraceState], haveReached: Bool = false) {
            target = flows.flatMap(\.targetProbes)
            for flow in flows {
                guard let distance = flow.distance ?? (haveReached ? flow.hint?.end : nil) else { continue }
                let misses = Set(flow.targetProbes.filter { $0.answer == nil }.map(\.round))
                // What answers less than others behind it limits itself, and says nothing of the way.
                let limited = Set(flow.hops.filter(\.isRateLimited).map(\.ttl))
                for probe in flow.probes where probe.ttl < distance && probe.wasSent && !limited.contains(probe.ttl) {
                    routers[probe.ttl, default: []].append(probe)
                    if misses.contains(probe.round) { missed[probe.ttl, default: []].append(probe) }
                }
            }
        }

        /// More than one answer a second was asked for, which many hosts do not give.
        var isDemanding: Bool {
            let times = target.map(\.sentAt).sorted()
            guard let first = times.first, let last = times.last else { return false }
            return last - first < .milliseconds(950) * (times.count - 1)
        }

        /// Of rounds that were traces of their own.
        mutating func add(_ other: Evidence) {
            target += other.target
            routers.merge(other.routers, uniquingKeysWith: +)
            missed.merge(other.missed, uniquingKeysWith: +)
        }
    }

    init(_ evidence: Evidence) {
        guard ErrorAllowance.explains(evidence.target) else {
            self = .none
            return
        }
        let routers = evidence.routers.filter { $0.value.contains { $0.answer != nil } }
        let missed = evidence.missed
        let unsteady = routers.filter { !Self.isSteady($0.value) || !Self.isSteady(missed[$0.key] ?? []) }
        let fit = unsteady.values.allSatisfy { ErrorAllowance.fits($0) }
        if let last = routers.keys.max(), unsteady[last] == nil {
            // A router whose silence is no allowance has lost what it did not answer, and so has the target.
            let misses = evidence.target.count { $0.answer == nil }
            self = fit ? (misses < Self.telling ? .possible : .shown) : .none
        } else {
            // From somewhere on all are silent. Where others before go on, that is the place; else all may have their limit.
            self = unsteady.count == routers.count && fit ? .possible : .none
        }
    }

    private static func isSteady(_ probes: [TraceProbe]) -> Bool {
        Double(probes.count { $0.answer != nil }) >= steady * Double(probes.count)
    }
}

extension MultipathState {
    public var targetLimit: TargetLimit { TargetLimit(limitEvidence) }

    /// Flows that do not get as far as the target say nothing of it.
    var limitEvidence: TargetLimit.Evidence {
        let cutOff = cutOffFlows
        let passing = flows.indices.filter { !cutOff.contains($0) }
        let former = passing.filter { hints[name(of: $0)] != nil }
        guard !former.isEmpty, passing.allSatisfy({ flows[$0].distance == nil }) else {
            return TargetLimit.Evidence(passing.map { flows[$0] })
        }
        // Nobody was answered in this round. Flows that came up to the target's router tell more than those that did not.
        let near = former.filter { flows[$0].hasAnswerBeforeHint }
        return TargetLimit.Evidence((near.isEmpty ? former : near).map { flows[$0] }, haveReached: true)
    }

    /// The target answers less than it is asked, and that need not be loss.
    public var isTargetLimited: Bool { targetLimit != .none }

    /// Places of the flows that end at a black parallel link.
    var cutOffFlows: Set<Int> { flows.count > 1 ? CutOffFlows(flows).members : [] }
}

extension TraceState {
    fileprivate var hasAnswerBeforeHint: Bool {
        guard let hint else { return false }
        return probes.contains { $0.ttl == hint.end - 1 && $0.answer != nil }
    }
}
