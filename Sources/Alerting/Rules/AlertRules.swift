public import Model

/// What netprobe says of itself, for the alerts that no path model knows of.
public struct SelfReport: Sendable, Hashable {
    /// Why probes are not sent or stamped in time; nil when they are.
    public var overload: String?
    /// What the kernel dropped of the captured packets; nil for nothing.
    public var captureDrops: String?
    /// Why the alert state is not on disk; nil when it is.
    public var stateNotPersisted: String?

    public init(overload: String? = nil, captureDrops: String? = nil, stateNotPersisted: String? = nil) {
        self.overload = overload
        self.captureDrops = captureDrops
        self.stateNotPersisted = stateNotPersisted
    }
}

/// The conditions of contract §7, judged on one moment of the path model. Pure.
public enum AlertRules {
    /// Everything the rules say now. Rules that are off say nothing; maintenance turns what they say to information.
    /// - Parameters:
    ///   - memory: what open alerts have kept for later runs.
    ///   - start: since when the condition of an alert holds, in an earlier run too; nil for one that is not open.
    public static func judge(
        _ facts: NetworkFacts,
        report: SelfReport,
        settings: AlertSettings,
        scope: AlertScope,
        clock: ClockReading,
        memory: [AlertIdentity: [String]] = [:],
        start: @escaping (AlertIdentity) -> WallTime? = { _ in nil }
    ) -> AlertJudgement {
        var pass = RulePass(facts: facts, settings: settings, clock: clock, memory: memory, start: start)
        var scope = scope
        pass.selfRules(report)
        if case .allFailed = facts.references {
            return AlertJudgement(conditions: pass.conditions, isIsolated: true, scope: scope)
        }
        pass.circuitRules()
        pass.pathRules()
        for link in facts.links { pass.linkRules(link) }
        pass.proxyRules(facts.services.proxies)
        pass.storageRules(facts.services.storage)
        pass.endpointRules(facts.services)
        pass.listRules(facts.services)
        pass.certificateRules(facts.services.certificates)
        pass.applyMaintenance()
        for path in pass.paths where path.isFlapping {
            scope.flapping.insert(path.spec.id)
            // While one of its connections stays up a circuit is not lost, however often the other changes.
            let circuit = pass.paths.filter { $0.spec.circuit != nil && $0.spec.circuit == path.spec.circuit }
            if let name = path.spec.circuit, circuit.allSatisfy({ $0.isFlapping || !$0.state.isUp }) {
                scope.flappingCircuits.insert(name)
            }
        }
        return AlertJudgement(conditions: pass.conditions, scope: scope)
    }
}
