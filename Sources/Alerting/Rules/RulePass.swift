import Model

/// A path as all its links together see it: up where any link finds it up, else down where any finds it down.
struct MergedPath {
    var spec: PathSpec
    var state: LinkPathFacts.State
    var since: MonotonicTime
    var wasJudged = false
    var evidence = ""
    var layer: Layer?
    var owner: Owner?
    var isFlapping = false
    /// Since when, and why, as the first link that finds it so has it.
    var degraded: (since: MonotonicTime, evidence: String)?
    var drained: (since: MonotonicTime, evidence: String)?
    var asymmetry: String?
    var pinLost: String?
    var reducedMTU: (now: Int, baseline: Int)?
    var mtu: Int?
    var tunnelsDown: [String] = []
    var tunnelsUnproven: [String] = []
    /// The links that use it.
    var links: [String] = []
    /// Some link's flows are seen on it.
    var isActive = false
    /// Of some link that uses it nothing is known about where its flows are.
    var isActiveUnknown = false

    init(spec: PathSpec, first: LinkPathFacts) {
        self.spec = spec
        state = first.state
        since = first.since
        take(first)
    }

    mutating func take(_ path: LinkPathFacts) {
        takeState(of: path)
        wasJudged = wasJudged || path.wasJudged
        isFlapping = isFlapping || path.isFlapping
        if path.state == .degraded { degraded = degraded ?? (path.since, path.evidence) }
        if path.state == .drained { drained = drained ?? (path.since, path.evidence) }
        asymmetry = asymmetry ?? path.asymmetry
        pinLost = pinLost ?? path.pinLost
        reducedMTU = reducedMTU ?? path.reducedMTU
        mtu = path.mtu.map { max($0, mtu ?? 0) } ?? mtu
        if tunnelsDown.isEmpty { tunnelsDown = path.tunnelsDown }
        if tunnelsUnproven.isEmpty { tunnelsUnproven = path.tunnelsUnproven }
    }

    /// A path is up since the first link that finds it so, and down or unknown only since the last: another found it well until
    /// then. What one link says of the cause belongs to its own state and is never mixed with another's.
    private mutating func takeState(of path: LinkPathFacts) {
        let (before, now) = (Self.rank(state), Self.rank(path.state))
        let isLater = now == before && !path.state.isUp && path.since > since
        let isSilent = evidence.isEmpty && layer == nil && owner == nil
        if now > before || isLater {
            state = path.state
            since = path.since
        } else if now == before, path.state.isUp {
            since = min(since, path.since)
        }
        if now > before || isLater || (now == before && isSilent) {
            (evidence, layer, owner) = (path.evidence, path.layer, path.owner)
        }
    }

    private static func rank(_ state: LinkPathFacts.State) -> Int {
        switch state {
        case .unknown: 0
        case .down: 1
        case .degraded: 2
        case .drained: 3
        case .up: 4
        }
    }
}

/// One pass of all rules over one moment.
struct RulePass {
    let facts: NetworkFacts
    let settings: AlertSettings
    let clock: ClockReading
    /// In the order of the configuration.
    let paths: [MergedPath]
    private(set) var conditions: [AlertCondition] = []
    private let start: (AlertIdentity) -> WallTime?
    /// What open alerts have kept for later runs.
    let memory: [AlertIdentity: [String]]

    init(
        facts: NetworkFacts,
        settings: AlertSettings,
        clock: ClockReading,
        memory: [AlertIdentity: [String]],
        start: @escaping (AlertIdentity) -> WallTime?
    ) {
        self.facts = facts
        self.memory = memory
        self.start = start
        self.settings = settings
        self.clock = clock
        let relevant = Self.relevantPaths(facts, settings.topology, remembered: memory.keys.compactMap(\.object.path))
        guard !relevant.isEmpty else {
            paths = []
            return
        }
        var merged: [PathID: MergedPath] = [:]
        for link in facts.links {
            for path in link.paths {
                guard let spec = relevant[path.id] else { continue }
                var one = merged[path.id] ?? MergedPath(spec: spec, first: path)
                one.take(path)
                one.links.append(link.name)
                if link.activeTier == .unknown { one.isActiveUnknown = true }
                if link.activePaths.contains(path.id) { one.isActive = true }
                merged[path.id] = one
            }
        }
        paths = settings.topology.paths.compactMap { merged[$0.id] }
    }

    /// The paths that are not simply well, with the other connections of their circuits: a healthy site has none, and
    /// its evaluation costs next to nothing.
    private static func relevantPaths(
        _ facts: NetworkFacts,
        _ topology: Topology,
        remembered: [PathID]
    ) -> [PathID: PathSpec] {
        var striking = Set(remembered)
        for link in facts.links {
            for path in link.paths where !path.isWell { striking.insert(path.id) }
        }
        guard !striking.isEmpty else { return [:] }
        let circuits = Set(topology.paths.filter { striking.contains($0.id) }.compactMap(\.circuit))
        var relevant: [PathID: PathSpec] = [:]
        for spec in topology.paths {
            if striking.contains(spec.id) || spec.circuit.map(circuits.contains) == true { relevant[spec.id] = spec }
        }
        return relevant
    }

    /// The condition holds. `duration` and `severity` are the defaults here where they differ from the rule's.
    mutating func add(
        _ identity: AlertIdentity,
        severity: AlertSeverity? = nil,
        for duration: Duration? = nil,
        clearFor: Duration? = nil,
        episode: Int64? = nil,
        isHeld: Bool = false,
        memory: [String] = [],
        blaming paths: Set<PathID> = [],
        isBlameOpen: Bool = false,
        _ annotations: AlertAnnotations
    ) {
        let rule = identity.name.defaultRule
        let override = settings.rules[identity.name]
        if override?.isOff == true { return }
        var annotations = annotations
        annotations.links = annotations.links.isEmpty ? identity.object.link.map { [$0] } ?? [] : annotations.links
        var condition =
            AlertCondition(
                identity,
                severity: override?.severity ?? severity ?? rule.severity,
                holdFor: isHeld ? .zero : override?.holdFor ?? duration ?? rule.duration,
                clearFor: clearFor ?? self.clearFor(annotations.links),
                episode: episode,
                extraLabels: linkLabels(identity.object.link),
                annotations: annotations,
                blamed: paths
            )
        condition.isBlameOpen = isBlameOpen
        condition.memory = memory
        conditions.append(condition)
    }

    /// The condition can be neither proved nor disproved.
    mutating func hold(_ identity: AlertIdentity) {
        conditions.append(.unknown(identity))
    }

    mutating func applyMaintenance() {
        guard !settings.maintenance.isEmpty else { return }
        let open = settings.maintenance.filter { $0.from <= clock.wall && clock.wall < $0.to }
        guard !open.isEmpty else { return }
        let cover = MaintenanceCover(windows: open, topology: settings.topology)
        for index in conditions.indices {
            guard let ticket = cover.ticket(for: conditions[index]) else { continue }
            if conditions[index].severity != .none { conditions[index].severity = .info }
            conditions[index].extraLabels["ticket"] = ticket
        }
    }

    func spec(of link: String) -> LinkSpec? { settings.topology.links.first { $0.name == link } }

    /// `wait_to_restore`: the longest of the links concerned.
    private func clearFor(_ links: [String]) -> Duration {
        let times = links.compactMap { spec(of: $0)?.detection.waitToRestore }
        return times.max() ?? Detection().waitToRestore
    }

    private func linkLabels(_ link: String?) -> [String: String] {
        link.flatMap(spec)?.labels ?? [:]
    }

    /// `since 2026-12-05T01:00:00.250Z`.
    func since(_ moment: MonotonicTime) -> String { "since \(clock.wallTime(of: moment).rfc3339)" }

    /// As `since`. A run that began in the middle of it has judged later than it began; the alert, when it was open by then, knows
    /// better.
    func since(_ moment: MonotonicTime, of identity: AlertIdentity) -> String {
        let seen = clock.wallTime(of: moment)
        let isFirst = facts.watchedSince.map { moment - $0 < .seconds(30) } ?? false
        return "since \(min(seen, isFirst ? start(identity) ?? seen : seen).rfc3339)"
    }

    func sinceIfKnown(_ moment: MonotonicTime?, of identity: AlertIdentity) -> String {
        moment.map { " \(since($0, of: identity))" } ?? ""
    }

    /// The alert was open, or waited, when the paths were watched since `moment` only: an earlier run found it.
    func began(_ identity: AlertIdentity, before moment: MonotonicTime) -> Bool {
        start(identity).map { $0 < clock.wallTime(of: moment) } ?? false
    }

    /// The paths are watched for less than `duration`: before that there may have been what is not known now.
    func isWatched(lessThan duration: Duration) -> Bool { facts.watchedSince.map { age($0) < duration } ?? false }

    func age(_ moment: MonotonicTime) -> Duration { clock.monotonic - moment }
}

extension String {
    /// The sentence with its evidence behind it, where there is some.
    func with(evidence: String) -> String { evidence.isEmpty ? self : "\(self): \(evidence)" }
}
