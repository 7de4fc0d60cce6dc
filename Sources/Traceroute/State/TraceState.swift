public import Model
internal import Wire

/// A trace as a state machine: times and answers in, probes out; no clock, no socket.
///
/// The first round sends every TTL up to the limit, so that the target's distance is known after one round trip; what is
/// left of it when the target answers is not sent, for the target would answer it all.
/// Later rounds go up to the target; where it is not found, a little beyond the last router that answered and, once
/// per round, as far as allowed.
public struct TraceState: Sendable {
    public enum Step: Hashable, Sendable {
        /// Send the probe with this number now.
        case send(number: Int, ttl: Int)
        /// Nothing to do before this time, unless something is received.
        case wait(until: MonotonicTime)
        case finished
    }

    public private(set) var plan: TracePlan
    public private(set) var probes: [TraceProbe] = []
    /// TTL at which the target answers, or did last; nil while it does not.
    public private(set) var distance: Int?
    /// A router answers where the target was: it is looked for behind.
    private(set) var isDistanceOpen = false
    /// TTLs at which a router answered where the target had: where it does so again, each packet takes a way of its own.
    private var formerEnds: Set<Int> = []
    /// The last round in which it was met nearer: on its way back to the first hop one may do so step by step.
    private var shortenedIn: Int?
    /// Lowest TTL at which somebody refused to go on.
    public private(set) var refusal: Int?
    /// Highest TTL with an answer from the way.
    public private(set) var highestAnswer = 0
    public private(set) var duplicates = 0
    /// Answers and quotes that belong to no probe of ours.
    public private(set) var strays = 0
    /// How often the target was found at another distance than before.
    public private(set) var distanceChanges = 0
    public private(set) var isCancelled = false

    /// By TTL: routers that other flows have met behind where the hint has the target.
    var routersBeyondHint: [Int: IPAddress] = [:]
    /// Where another flow has met the target, nearer than this one has: it may have to answer what goes there and beyond.
    private var suspected: (ttl: Int, target: IPAddress)?
    /// Looks for a way that others have not found, for one round; more of them are for measuring.
    var isExplorer = false
    /// Nothing below it is asked.
    var lowestTTL = 1
    /// Wall clock minus monotonic clock, as the next probe finds it; nil where nobody looks.
    var clockOffset: Duration?

    private let start: MonotonicTime
    /// A first round that goes up to here only, and is limited like later ones; nil: up to the limit at once.
    private(set) var hint: Hint?
    private(set) var round = 0
    private var ttl = 1
    /// A round that goes from there down to the first hop.
    private var turnedAt: Int?
    private var isRoundBegun = false
    private var roundStart: MonotonicTime
    private var lastSend: MonotonicTime
    private(set) var worst: Duration?
    /// The shortest round trip of a SYN and its answer.
    private(set) var bestConnect: Duration?
    /// The target accepts connections, which the kernel of this host resets, for it has not asked for them.
    private(set) var isReset: Bool
    /// The target answers by ICMP errors, of which hosts send few.
    private(set) var isByErrors: Bool
    /// Until then the probes of a flow that begins may be waiting for its connection.
    private var opensUntil: MonotonicTime?
    /// The latest responder of each TTL; index 0 is unused.
    private var responders: [IPAddress?]
    /// What was left of the TTL of their answers.
    private var replyTTLs: [UInt8?]
    private var silentPlace = SilentPlace()
    private var ownLimiter: ResponderLimiter
    private var nameless = NamelessAnswers()

    /// Answers in a row that show the target back where a router answered in between.
    private static let returned = 8
    /// Probes to a place that show by their silence that the target was not there.
    private static let misses = 3
    /// Probes without an answer that tell a router that never answers from a target that has lost them.
    static let silenceProof = 5
    private static let checkInterval: Duration = .milliseconds(100)
    /// How far later rounds look beyond the last router that answered.
    static let lookAhead = 3

    public init(_ plan: TracePlan, start: MonotonicTime, hint: Hint? = nil) {
        self.plan = plan
        self.start = start
        self.hint = hint
        roundStart = start
        lastSend = start
        isReset = hint?.isReset ?? false
        isByErrors = hint?.isByErrors ?? false
        bestConnect = hint?.bestConnect
        responders = Array(repeating: nil, count: plan.maxHops + 1)
        replyTTLs = Array(repeating: nil, count: plan.maxHops + 1)
        ownLimiter = ResponderLimiter(limit: plan.responderLimit)
    }

    // MARK: Going on

    /// What to do at `now`. A `.send` counts as sent at `now`; report a refusal by `didFail`.
    public mutating func next(at now: MonotonicTime) -> Step {
        var limiter = ownLimiter
        defer { ownLimiter = limiter }
        return next(at: now, limiter: &limiter)
    }

    /// With a limiter that several flows share.
    mutating func next(at now: MonotonicTime, limiter: inout ResponderLimiter) -> Step {
        guard !isCancelled else { return .finished }
        settleNameless(at: now)
        while round < plan.count || doubtfulPlaces != nil {
            if round > 0, !isRoundBegun, let wait = waitBeforeRound(at: now) { return .wait(until: wait) }
            if !isRoundBegun, let first = doubtfulPlaces?.lowerBound {
                (ttl, turnedAt) = (first, nil)
            } else if !isRoundBegun {
                silentPlace.begin(
                    round: round,
                    silent: isByErrors && !hasSavedErrors(at: now) ? 0 : silentRounds(at: now),
                    patience: patience,
                    place: place,
                    maxHops: plan.maxHops,
                    isByErrors: isByErrors
                )
                turnedAt = silentPlace.isLooking ? nil : nextTurn
            }
            guard let ttl = currentTTL else {
                if let wait = waitBeyondHint(at: now) { return .wait(until: wait) }
                finishRound()
                continue
            }
            if let wait = waitBeforeProbe(ttl, limiter, at: now) { return .wait(until: wait) }
            return send(ttl, &limiter, at: now)
        }
        let end = lastSend + plan.wait(worst: worst)
        if now >= end || isSettled { return .finished }
        return .wait(until: end)
    }

    /// The first round is sent, and answered as far as can be waited for.
    func hasFirstRound(at now: MonotonicTime) -> Bool {
        round > 0 && (end != nil || now >= lastSend + plan.wait(worst: worst))
    }

    /// All of the first round is sent.
    var isFirstRoundOver: Bool { round > 0 }

    /// More rounds after the last one: for a flow that was tried once and is worth measuring.
    mutating func continueMeasuring(rounds: Int, at now: MonotonicTime) {
        plan.count = max(rounds, plan.count)
        roundStart = now
    }

    /// Who answers at which TTL, as known so far.
    var likelyResponders: [IPAddress?] { responders }

    public mutating func cancel() {
        isCancelled = true
    }

    /// The TTL that the current round has reached; nil when the round is complete.
    private var currentTTL: Int? {
        let ttl = max(ttl, lowestTTL)
        if round >= plan.count { return doubtfulPlaces?.contains(ttl) == true ? ttl : nil }
        if let turnedAt { return ttl <= turnedAt ? turnedAt - (ttl - lowestTTL) : nil }
        if silentPlace.isLooking { return silentPlace.ttl(from: ttl) }
        guard round > 0 else { return ttl <= (distance ?? endBeyondHint ?? hint?.end ?? plan.maxHops) ? ttl : nil }
        if let end { return ttl <= end ? ttl : nil }
        if let loop = loopEnd { return ttl <= loop ? ttl : nil }
        // Whatever goes beyond a target is answered by it: only a router where it was expected shows that it lies farther away.
        if let hint { return ttl <= endBeyondHint ?? hint.end ? ttl : nil }
        let near = min(highestAnswer + Self.lookAhead, plan.maxHops)
        if ttl <= near { return ttl }
        return ttl == near + 1 && near < plan.maxHops ? plan.maxHops : nil
    }

    /// Silent TTLs before the one at which the target answered, after the last round: it may stand there as well, and have lost what
    /// went there in few rounds. Nil when enough was asked to tell, or when there are rounds to come. A target that answers by
    /// errors has too few of them for that.
    private var doubtfulPlaces: ClosedRange<Int>? {
        guard round >= plan.count, round < plan.count + Self.silenceProof, hint == nil, !isExplorer, !isByErrors,
            !isDistanceOpen, let distance
        else { return nil }
        let first = ((1..<distance).last { responders[$0] != nil } ?? 0) + 1
        guard first < distance, first >= lowestTTL, probes.count(where: { $0.ttl == first }) < Self.silenceProof else {
            return nil
        }
        return first...min(distance - 1, first + Self.lookAhead)
    }

    /// Every second round goes backwards: a router that gives each packet to another next hop in turn would else show the same one
    /// at each TTL in every round, and with them a path that no packet takes. Its end is what it was when the round began.
    private var nextTurn: Int? {
        // More than a dozen rounds a second would ask one hop twice at once too often.
        guard round % 2 == 1, plan.interval >= .milliseconds(80) else { return nil }
        return end
    }

    /// Where the hint has the target, a router answers this flow: its way is longer, and is followed hop by hop.
    var endBeyondHint: Int? {
        guard let hint, highestAnswer >= hint.end, end == nil, loopEnd == nil else { return nil }
        return min(highestAnswer + 1, plan.maxHops)
    }

    /// A flow of one round has no later one to look beyond the hint: the answer there is awaited.
    private func waitBeyondHint(at now: MonotonicTime) -> MonotonicTime? {
        guard round == 0, hint != nil, plan.count == 1, end == nil, loopEnd == nil,
            let last = probes.last, last.fate == .waiting, last.ttl < plan.maxHops
        else { return nil }
        let due = lastSend + plan.wait(worst: worst)
        return now < due ? due : nil
    }

    /// Where the way ends as far as is known: at the target, or where somebody refuses.
    private var end: Int? { isDistanceOpen ? refusal : distance ?? refusal }

    /// The TTL at which packets are known to go round in circles; nil while they are not.
    var loopEnd: Int? { WayLoop.end(responders, replyTTLs: replyTTLs) }

    /// A round goes round in circles between routers.
    public var hasLoop: Bool { end == nil && loopEnd != nil }

    private func waitBeforeRound(at now: MonotonicTime) -> MonotonicTime? {
        var due = roundStart + plan.interval
        if round >= plan.count {
            // What is still under way is not silent.
            let answered = lastSend + (worst ?? .zero) * 5 / 4
            due = max(roundStart + min(plan.interval, Self.checkInterval), answered)
        }
        // Until the target is found, the answers of the first round are awaited: else every TTL would go to it again.
        if round == 1, end == nil, hint == nil { due = max(due, lastSend + plan.wait(worst: worst)) }
        if plan.spacesRounds, let worst { due = max(due, roundStart + min(worst * 5 / 4, plan.longestWait)) }
        return now < due ? due : nil
    }

    private func waitBeforeProbe(_ ttl: Int, _ limiter: ResponderLimiter, at now: MonotonicTime) -> MonotonicTime? {
        guard isLimited else {
            let due = start + plan.firstRoundSpread * (ttl - 1) / plan.maxHops
            return now < due ? due : nil
        }
        let responder = responder(at: ttl)
        var packets = packets(to: responder)
        var handshake: MonotonicTime?
        if let target = newcomersTarget {
            if target == responder {
                packets += plan.flowCost
            } else {
                handshake = limiter.wait(for: target, packets: plan.flowCost, at: now)
            }
        }
        let own = limiter.wait(for: responder, packets: packets, at: now)
        return own.map { max($0, handshake ?? $0) } ?? handshake
    }

    /// What a probe costs whoever answers it.
    private func packets(to responder: IPAddress?) -> Int { isReset && responder == target ? 2 : 1 }

    /// Whom the handshake of a flow goes to that has sent nothing yet; nil where there is none.
    private var newcomersTarget: IPAddress? {
        plan.flowCost > 0 && probes.isEmpty && hint != nil ? target : nil
    }

    /// Who answers at the end of the way, as far as is known.
    private var target: IPAddress? { (distance ?? hint?.end).flatMap { responder(at: $0) } }

    private var isLimited: Bool { round > 0 || hint != nil }

    /// Another flow has met the target earlier than it was expected: so may this one, where it has not asked there yet.
    mutating func shortenHint(to end: Int, _ responders: [IPAddress?]) {
        guard let hint, end < hint.end, round == 0, distance == nil, ttl <= end else { return }
        for ttl in end + 1...hint.end where hint.responders.indices.contains(ttl) {
            if let router = hint.responders[ttl], ttl < hint.end { routersBeyondHint[ttl] = router }
        }
        self.hint?.end = end
        self.hint?.responders = responders
        self.hint?.silentRounds = 0
        lowestTTL = min(lowestTTL, end)
    }

    /// Another flow has met the target at this TTL.
    mutating func suspectTarget(_ target: IPAddress, at ttl: Int) {
        guard ttl < distance ?? hint?.end ?? (isFirstRoundOver ? 0 : .max), ttl < suspected?.ttl ?? .max else { return }
        suspected = (ttl, target)
    }

    /// Who is expected to answer: what this flow saw, else what the hint says.
    func responder(at ttl: Int) -> IPAddress? {
        if let suspected, ttl >= suspected.ttl { return suspected.target }
        if round >= plan.count, let distance { return responders[distance] }
        if responders.indices.contains(ttl), let own = responders[ttl] { return own }
        // What goes beyond the target is answered by it.
        if let distance, ttl > distance, responders.indices.contains(distance) { return responders[distance] }
        guard let hint else { return nil }
        if ttl > hint.end, let router = routersBeyondHint[ttl] { return router }
        let place = min(ttl, hint.end)
        return hint.responders.indices.contains(place) ? hint.responders[place] : nil
    }

    private mutating func send(_ ttl: Int, _ limiter: inout ResponderLimiter, at now: MonotonicTime) -> Step {
        if !isRoundBegun {
            roundStart = now
            isRoundBegun = true
        }
        if isLimited {
            if let target = newcomersTarget {
                let end = now + plan.handshakeTime
                opensUntil = end
                limiter.record(target, packets: plan.flowCost, at: end)
            }
            let responder = responder(at: ttl)
            let departure = max(now, opensUntil ?? now)
            limiter.record(responder, at: departure)
            // The reset leaves when the answer has come.
            if packets(to: responder) > 1 { limiter.record(responder, at: departure + (worst ?? plan.longestWait)) }
        }
        lastSend = now
        var probe = TraceProbe(round: round, ttl: ttl, sentAt: now)
        probe.clockOffset = clockOffset
        probes.append(probe)
        self.ttl = max(self.ttl, lowestTTL) + 1
        return .send(number: probes.count - 1, ttl: ttl)
    }

    private mutating func finishRound() {
        round += 1
        ttl = 1
        isRoundBegun = false
    }

    /// Every probe up to the end of the way has its fate.
    private var isSettled: Bool {
        guard let end else { return false }
        return probes.allSatisfy { $0.ttl > end || $0.fate != .waiting }
    }

    // MARK: What comes back

    /// The kernel did not take the probe; nil as reason: our own buffer was full.
    public mutating func didFail(_ number: Int, _ reason: Reason?) {
        guard probes.indices.contains(number), probes[number].fate == .waiting else { return }
        probes[number].fate = reason.map { .refused($0) } ?? .invalid
    }

    /// The kernel's stamp of the departure; it may come after the answer.
    public mutating func didTransmit(_ number: Int, at stamp: WallTime) {
        guard probes.indices.contains(number) else { return }
        probes[number].transmitStamp = stamp
    }

    public mutating func receiveStray() {
        strays += 1
    }

    /// - Returns: false when no probe has this number: the answer is counted as a stray.
    @discardableResult
    public mutating func receive(_ answer: TraceAnswer, for number: Int) -> Bool {
        guard probes.indices.contains(number) else {
            strays += 1
            return false
        }
        guard probes[number].fate == .waiting || overrules(answer, number) else {
            duplicates += 1
            return true
        }
        guard !isRepeated(answer, number) else {
            duplicates += 1
            return true
        }
        probes[number].fate = .answered(answer)
        let ttl = probes[number].ttl
        if let place = suspected?.ttl, ttl >= place { suspected = nil }
        if answer.isTimed {
            let time = answer.receivedAt - probes[number].sentAt
            worst = max(worst ?? .zero, time)
            if answer.kind == .reply(.synAck) { learn(connect: time) }
        }
        note(answer, ttl: ttl, number: number)
        if answer.kind == .reply(.synAck) { markOvertaken() }
        return true
    }

    /// The first round sends the target a SYN for each TTL behind it.
    private mutating func markOvertaken() {
        guard let distance, let index = overtaken(distance) else { return }
        probes[index].isOvertaken = true
    }

    /// An answer of the target that does not say to which probe.
    public mutating func receiveNameless(_ answer: TraceAnswer) {
        if let number = nameless.owner(of: answer, probes, patience: plan.wait(worst: worst)) {
            receive(answer, for: number)
        } else {
            nameless.take(answer)
            settleNameless(at: answer.receivedAt)
        }
    }

    private mutating func settleNameless(at now: MonotonicTime) {
        let wait = plan.wait(worst: worst)
        // Once the target is found, one probe of each round goes to it.
        let isComplete = (end != nil && round > 1) || now >= lastSend + wait
        for (number, answer) in nameless.settle(probes, before: round, isComplete: isComplete, patience: wait) {
            receive(answer, for: number)
        }
    }

    /// So long took a connection, of this flow or of another: answers that came before it may be told as repeated by that.
    mutating func learn(connect time: Duration) {
        guard bestConnect.map({ time < $0 }) ?? true else { return }
        bestConnect = time
        for number in probes.indices {
            guard let answer = probes[number].answer, isRepeated(answer, number) else { continue }
            probes[number].fate = .waiting
            duplicates += 1
        }
        worst = probes.compactMap { probe in
            probe.answer.flatMap { $0.isTimed ? $0.receivedAt - probe.sentAt : nil }
        }.max()
    }

    /// The target's own answer proves that the probe arrived, whatever a hop has said of it before.
    private mutating func overrules(_ answer: TraceAnswer, _ number: Int) -> Bool {
        guard answer.kind.isReply, let former = probes[number].answer, !former.kind.isReply else { return false }
        duplicates += 1
        return true
    }

    private mutating func note(_ answer: TraceAnswer, ttl: Int, number: Int) {
        switch answer.kind {
        case .reply:
            // Where ways of two lengths alternate, every packet that gets as far as the longer one is at the target.
            if formerEnds.contains(ttl) {
                guard isBack(at: ttl) else { break }
                formerEnds.remove(ttl)
            }
            let round = probes[number].round
            var end = ttl
            if silentPlace.isBehind(ttl, round: round) {
                guard let proven = silentPlace.take(ttl, round: round, proofs: distance == nil ? 1 : 2) else { return }
                end = proven
                responders[end] = answer.responder
                if let former = distance {
                    distanceChanges += 1
                    leaveOut(former)
                }
            } else if let known = distance, !isDistanceOpen {
                if ttl == known { silentPlace.settle() }
                if ttl >= known { return }
                let isKnown = round > 0 && round < plan.count && shortenedIn != round
                if isKnown, answer.isTimed, overtaken(ttl) == nil, wasBehind(ttl, number) { distanceChanges += 1 }
                shortenedIn = round
            }
            silentPlace.settle()
            distance = end
            isByErrors = answer.kind == .reply(.portUnreachable)
            isDistanceOpen = false
            if case .reply(.synAck) = answer.kind { isReset = true }
        case .unreachable:
            if refusal.map({ ttl < $0 }) ?? true { refusal = ttl }
        case .ttlExceeded:
            // A router where the target was: the way has become longer. Answers of earlier rounds say nothing new.
            if let known = distance, !isDistanceOpen, ttl >= known, probes[number].round > 0, isNewest(number) {
                isDistanceOpen = true
                formerEnds.insert(ttl)
                distanceChanges += 1
            }
            if refusal == ttl, isNewest(number) { refusal = nil }
        }
        responders[ttl] = answer.responder
        replyTTLs[ttl] = answer.replyTTL
        if answer.kind == .ttlExceeded || distance == nil || isDistanceOpen { highestAnswer = max(highestAnswer, ttl) }
    }

    /// Before this probe a router answered at the TTL, or nobody so often that chance hardly explains it: the target has come
    /// nearer, and is not just found there late.
    private func wasBehind(_ ttl: Int, _ number: Int) -> Bool {
        let former = probes[..<number].lazy.filter { $0.ttl == ttl && $0.wasSent }
        return former.contains { $0.answer?.kind == .ttlExceeded } || former.count { $0.answer == nil } >= Self.misses
    }

    /// The target is behind its former place: since it answered there last, packets have ended there, at a router that does not
    /// say so, or were lost before; nobody can tell.
    private mutating func leaveOut(_ place: Int) {
        for index in probes.indices.reversed() where probes[index].ttl == place && probes[index].wasSent {
            guard probes[index].answer == nil else { return }
            probes[index].isUndecided = true
        }
    }

    /// The latest answers to this TTL are all the target's, so many that ways which alternate would have shown another.
    private func isBack(at ttl: Int) -> Bool {
        let latest = probes.lazy.reversed().filter { $0.ttl == ttl }.compactMap(\.answer).prefix(Self.returned)
        return latest.count == Self.returned && latest.allSatisfy(\.kind.isReply)
    }

    /// No later probe of the same TTL was answered.
    private func isNewest(_ number: Int) -> Bool {
        let ttl = probes[number].ttl
        return !probes[(number + 1)...].contains { $0.ttl == ttl && $0.answer != nil }
    }
}
