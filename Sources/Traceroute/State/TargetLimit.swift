internal import Model
internal import Wire

/// Whether a target that leaves probes unanswered limits its ICMP errors. Its own answers only allow that; the routers before it
/// tell: while it is silent for its limit, they go on answering.
public enum TargetLimit: Hashable, Sendable {
    /// What is missing is lost.
    case none
    /// It may be its limit as well as loss: no router tells.
    case possible
    /// The packets came up to it, for the router before it answered all the time.
    case shown

    /// Routers that answer this share of their probes lose nothing; single losses happen.
    private static let steady = 0.9

    /// - Parameter flows: that get as far as the target, or end where nobody tells.
    init(_ flows: [TraceState]) {
        guard ErrorAllowance.explains(flows.flatMap(\.targetProbes)) else {
            self = .none
            return
        }
        var routers: [Int: [TraceProbe]] = [:]
        // Of the rounds that the target left unanswered.
        var missed: [Int: [TraceProbe]] = [:]
        for flow in flows {
            guard let distance = flow.distance else { continue }
            let misses = Set(flow.targetProbes.filter { $0.answer == nil }.map(\.round))
            // What answers less than others behind it limits itself, and says nothing of the way.
            let limited = Set(flow.hops.filter(\.isRateLimited).map(\.ttl))
            for probe in flow.probes where probe.ttl < distance && probe.wasSent && !limited.contains(probe.ttl) {
                routers[probe.ttl, default: []].append(probe)
                if misses.contains(probe.round) { missed[probe.ttl, default: []].append(probe) }
            }
        }
        routers = routers.filter { $0.value.contains { $0.answer != nil } }
        let unsteady = routers.filter { !Self.isSteady($0.value) || !Self.isSteady(missed[$0.key] ?? []) }
        let fit = unsteady.values.allSatisfy { ErrorAllowance.fits($0) }
        if let last = routers.keys.max(), unsteady[last] == nil {
            // A router whose silence is no allowance has lost what it did not answer, and so has the target.
            self = fit ? .shown : .none
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
    /// Flows that do not get as far as the target say nothing of it.
    public var targetLimit: TargetLimit {
        let cutOff = cutOffFlows
        return TargetLimit(flows.indices.filter { !cutOff.contains($0) }.map { flows[$0] })
    }

    /// The target answers less than it is asked, and that need not be loss.
    public var isTargetLimited: Bool { targetLimit != .none }

    /// Places of the flows that end at a black parallel link.
    var cutOffFlows: Set<Int> { flows.count > 1 ? CutOffFlows(flows).members : [] }
}
