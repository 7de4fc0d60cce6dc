public import Model
internal import Wire

/// Several flows to one target as a state machine: times and answers in, probes out; no clock, no socket.
///
/// The first flow finds the target. Then the others go up to its distance, all under one limit for each responder. With
/// `automatic`, flows are added until the stopping rule holds at every hop, and those that show different paths, or fail,
/// are measured for the remaining rounds. Beyond its first round a further flow asks only from the hop on where paths part.
public struct MultipathState: Sendable {
    public enum Step: Hashable, Sendable {
        /// Send the probe with this number now.
        case send(number: Int, flow: Int, ttl: Int)
        /// Nothing to do before this time, unless something is received.
        case wait(until: MonotonicTime)
        case finished
    }

    private enum Phase { case first, searching, measuring }

    public let plan: TracePlan
    /// In the order of their numbers; never empty.
    public private(set) var flows: [TraceState]
    /// Answers and quotes that belong to no probe of ours.
    public private(set) var strays = 0
    public private(set) var isCancelled = false
    /// The stopping rule holds at every hop; nil where it was not asked for.
    public private(set) var isComplete: Bool?

    /// Flow and number inside it, by number.
    private var owners: [(flow: Int, number: Int)] = []
    /// Names of the flows, where they are not their places.
    private let names: [Int]
    /// By name: what is known of the ways of further flows.
    let hints: [Int: TraceState.Hint]
    private var ownLimiter: ResponderLimiter
    /// Wall clock minus monotonic clock, as the next probe finds it; nil where nobody looks.
    var clockOffset: Duration?
    /// When the packets of further flows so far would have left at an even pace.
    private var pace: MonotonicTime
    /// Answers have come since it was last looked where the paths of the flows part; that is looked for in all probes, and so
    /// not with each answer.
    private var isPartingStale = false
    private var partingKnownAt: MonotonicTime
    private static let partingInterval: Duration = .milliseconds(10)
    private var phase = Phase.first
    private var hasExplored = false
    let start: MonotonicTime

    public init(_ plan: TracePlan, start: MonotonicTime) {
        self.init(plan, start: start, names: [], hints: [:])
    }

    /// Goes on with flows of an earlier trace.
    /// - Parameters:
    ///   - names: what the flows are known by.
    ///   - hints: by name, what is known of their ways.
    init(_ plan: TracePlan, start: MonotonicTime, names: [Int], hints: [Int: TraceState.Hint]) {
        self.plan = plan
        self.start = start
        self.names = names
        self.hints = hints
        ownLimiter = ResponderLimiter(limit: plan.responderLimit)
        pace = start
        partingKnownAt = start
        // Without what is known of its own way it goes as far as others.
        let hint = hints[names.first ?? 0] ?? names.lazy.compactMap { hints[$0] }.first
        flows = [TraceState(plan, start: start, hint: hint)]
        if case .automatic = plan.flows { isComplete = false }
    }

    public mutating func next(at now: MonotonicTime) -> Step {
        var limiter = ownLimiter
        defer { ownLimiter = limiter }
        return next(at: now, limiter: &limiter)
    }

    /// With a limiter that knows what else was sent: before, and by other traces.
    mutating func next(at now: MonotonicTime, limiter: inout ResponderLimiter) -> Step {
        guard !isCancelled else { return .finished }
        limiter.forget(at: now)
        if isPartingStale, now >= partingKnownAt + Self.partingInterval { askFromParting(at: now) }
        if flows.count > 1, let due = waitForPace(at: now) { return .wait(until: due) }
        while true {
            var wait: MonotonicTime?
            for flow in turns {
                flows[flow].clockOffset = clockOffset
                switch flows[flow].next(at: now, limiter: &limiter) {
                case .send(let number, let ttl):
                    owners.append((flow, number))
                    pace = max(pace, now) + TracePlan.spacing
                    return .send(number: owners.count - 1, flow: name(of: flow), ttl: ttl)
                case .wait(let until): wait = wait.map { min($0, until) } ?? until
                case .finished: break
                }
            }
            if phase != .measuring, advance(isIdle: wait == nil, at: now) { continue }
            return wait.map { .wait(until: $0) } ?? .finished
        }
    }

    /// Flows in the order in which they may send. While others look for paths, the first flow rests; where all are measured,
    /// those that are behind come first: the limit of a responder leaves them different shares else, and flows that are compared
    /// have to be measured at the same time.
    private var turns: [Int] {
        switch phase {
        case .first: Array(flows.indices)
        case .searching: Array(flows.indices.dropFirst())
        case .measuring where flows.count == 1: [0]
        case .measuring: flows.indices.sorted { (flows[$0].round, $0) < (flows[$1].round, $1) }
        }
    }

    private func waitForPace(at now: MonotonicTime) -> MonotonicTime? {
        let due = pace - TracePlan.spacing * (TracePlan.burst - 1)
        return now < due ? due : nil
    }

    public mutating func cancel() { isCancelled = true }

    /// The first round is not over, and each probe of it that is not needed is one too many for the target.
    var seeksTarget: Bool { phase == .first && !flows[0].isFirstRoundOver && distance == nil }

    var hasNames: Bool { !names.isEmpty }

    /// What the channel knows the flow by: its source port counts from it.
    func name(of flow: Int) -> Int { names.indices.contains(flow) ? names[flow] : flow }

    /// Names of the flows that are worth following: all, or after a search one of each path and those that die.
    var followed: [Int] {
        guard case .automatic = plan.flows else { return flows.indices.map(name) }
        return FlowMap(flows).representatives(atMost: FlowPlan.measured).map(name)
    }

    // MARK: Phases

    /// - Returns: whether there may be something new to send.
    private mutating func advance(isIdle: Bool, at now: MonotonicTime) -> Bool {
        switch phase {
        case .first:
            guard isIdle || flows.allSatisfy({ $0.hasFirstRound(at: now) }) else { return false }
            // What is known of the ways is not looked for again.
            if distance == nil, !hasExplored, hints.isEmpty {
                hasExplored = true
                explore(at: now)
                return flows.count > 1
            }
            switch plan.flows {
            case .fixed(let number):
                add(number - flows.count, rounds: plan.count, at: now)
                phase = .measuring
                return number > 1
            case .automatic:
                phase = .searching
                search(at: now)
                return true
            }
        case .searching:
            guard isIdle else { return false }
            search(at: now)
            return true
        case .measuring:
            return false
        }
    }

    /// The first flow does not reach the target: it may have met the one dead branch, so a few more look as far as it did.
    private mutating func explore(at now: MonotonicTime) {
        var plan = plan
        if case .automatic = plan.flows { plan.count = 1 }
        while flows.count < plan.flows.atOnce {
            var flow = TraceState(plan, start: now)
            flow.isExplorer = true
            flows.append(flow)
        }
    }

    /// With two branches all of them meet a dead one in 1 of 64 traces.
    static let explorers = 6

    private mutating func add(_ number: Int, rounds: Int, lowest: Int = 1, at now: MonotonicTime) {
        // The nearest end: flows whose way is longer go on from there, and those whose way is as short ask the target once.
        let nearest = flows.filter { $0.distance != nil }.min { $0.lastHop < $1.lastHop }
        let guide = nearest ?? flows.max { $0.lastHop < $1.lastHop }
        guard number > 0 else { return }
        var plan = plan
        plan.count = rounds
        let common = guide.flatMap { guide in
            guide.lastHop == 0 ? nil : guide.hint(to: guide.lastHop)
        }
        for _ in 0..<number {
            guard let hint = hints[name(of: flows.count)] ?? common else { return }
            var flow = TraceState(plan, start: now, hint: hint)
            flow.lowestTTL = min(lowest, hint.end)
            flows.append(flow)
        }
    }

    /// Flows that `automatic` looks with at most: what finds 16 next hops with 99 %.
    static let mostSearched = 128

    private mutating func search(at now: MonotonicTime) {
        guard case .automatic(let confidence) = plan.flows else { return }
        let hops = FlowMap(flows)
        let rule = StoppingRule(confidence)
        let open = hops.widths.indices.filter { ttl in
            hops.widths[ttl] > 0 && hops.tried[ttl] < rule.flows(found: hops.widths[ttl])
        }
        let nodes = hops.nodes.filter { $0.tried < rule.flows(found: $0.found) }
        guard let lowest = (open.prefix(1) + nodes.map { $0.ttl - 1 }).min() else {
            // A flow that met silence has shown none of the next hops.
            isComplete = hops.widths.indices.allSatisfy {
                hops.widths[$0] == 0 || hops.answered[$0] >= rule.flows(found: hops.widths[$0])
            }
            return measure(at: now)
        }
        let missing = open.map { rule.flows(found: hops.widths[$0]) - hops.tried[$0] }
        // Of the next flows as many go through a node as of the former ones.
        let through = nodes.map { node in
            (rule.flows(found: node.found) - node.tried) * max(hops.tried[node.ttl], 1) / max(node.tried, 1)
        }
        let needed = max((missing + through).max() ?? 0, 1)
        let possible = min(needed, Self.mostSearched - flows.count)
        guard possible > 0, flows.contains(where: { $0.lastHop > 0 }) else { return measure(at: now) }
        let former = flows.count
        add(possible, rounds: 1, lowest: lowest, at: now)
        if flows.count == former { measure(at: now) }
    }

    private mutating func measure(at now: MonotonicTime) {
        phase = .measuring
        let hops = FlowMap(flows)
        for flow in hops.representatives(atMost: FlowPlan.measured) where flow > 0 {
            flows[flow].continueMeasuring(rounds: plan.count, at: now)
            flows[flow].lowestTTL = lowestTTL(of: flow, hops.ownFrom)
        }
    }

    /// Beyond its first round a further flow asks from the hop on where paths part.
    private mutating func askFromParting(at now: MonotonicTime) {
        isPartingStale = false
        partingKnownAt = now
        let parting = FlowMap(flows).ownFrom
        for flow in flows.indices.dropFirst() where flows[flow].isFirstRoundOver && flows[flow].plan.count > 1 {
            flows[flow].lowestTTL = lowestTTL(of: flow, parting)
        }
    }

    /// An end behind that of others is no more than the first of its TTLs to be answered: theirs is asked about too.
    private func lowestTTL(of flow: Int, _ parting: Int?) -> Int {
        parting ?? flows[flow].distance.map { min($0, distance ?? $0) } ?? 1
    }

    // MARK: What comes back

    /// The kernel did not take the probe; nil as reason: our own buffer was full.
    public mutating func didFail(_ number: Int, _ reason: Reason?) {
        guard owners.indices.contains(number) else { return }
        flows[owners[number].flow].didFail(owners[number].number, reason)
    }

    /// The kernel's stamp of the departure; it may come after the answer.
    public mutating func didTransmit(_ number: Int, at stamp: WallTime) {
        guard owners.indices.contains(number) else { return }
        flows[owners[number].flow].didTransmit(owners[number].number, at: stamp)
    }

    public mutating func receiveStray() { strays += 1 }

    /// - Returns: false when no probe has this number: the answer is counted as a stray.
    @discardableResult
    public mutating func receive(_ answer: TraceAnswer, for number: Int) -> Bool {
        var limiter = ownLimiter
        defer { ownLimiter = limiter }
        return receive(answer, for: number, limiter: &limiter)
    }

    /// With the limiter of `next`.
    mutating func receive(_ answer: TraceAnswer, for number: Int, limiter: inout ResponderLimiter) -> Bool {
        guard owners.indices.contains(number) else {
            strays += 1
            return false
        }
        let flow = owners[number].flow
        let probe = flows[flow].probes[owners[number].number]
        // What the target answers where a router was expected counts for it all the same.
        if answer.kind.isReply, flow > 0 || probe.round > 0 || flows[flow].hint != nil {
            let isUnlimited = probe.round == 0 && flows[flow].hint == nil
            if isUnlimited || flows[flow].responder(at: probe.ttl) != answer.responder {
                limiter.record(answer.responder, at: probe.sentAt)
            }
        }
        // Ways of flows may differ in length all the time; one that has become shorter is news for the others.
        let isNews = flows[flow].distance.map { probe.ttl < $0 } ?? (probe.round == 0 && flows[flow].hint == nil)
        let known = flows[flow].receive(answer, for: owners[number].number)
        if flow > 0 { isPartingStale = true }
        if answer.kind == .reply(.synAck), let best = flows[flow].bestConnect {
            for other in flows.indices where other != flow { flows[other].learn(connect: best) }
        }
        if isNews, answer.kind.isReply {
            for other in flows.indices where other != flow {
                flows[other].suspectTarget(answer.responder, at: probe.ttl)
            }
        }
        share(answer, of: flow, ttl: probe.ttl)
        return known
    }

    /// A router behind the place where others have the target is probably theirs too, should their way be as long; and where a
    /// flow meets the target earlier, others that just begin may do so too.
    private mutating func share(_ answer: TraceAnswer, of flow: Int, ttl: Int) {
        guard let hint = flows[flow].hint else { return }
        if answer.kind == .ttlExceeded, ttl > hint.end {
            for other in flows.indices { flows[other].routersBeyondHint[ttl] = answer.responder }
        } else if let distance = flows[flow].distance, distance < hint.end {
            for other in flows.indices { flows[other].shortenHint(to: distance, flows[flow].likelyResponders) }
        }
    }

    /// An answer of the target that does not say to which probe of the flow with this name.
    public mutating func receiveNameless(_ answer: TraceAnswer, flow name: Int) {
        guard let flow = flows.indices.first(where: { self.name(of: $0) == name }) else { return receiveStray() }
        flows[flow].receiveNameless(answer)
        if flow > 0 { isPartingStale = true }
    }
}
