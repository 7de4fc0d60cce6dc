import Model
import TestSupport
import Wire

@testable import Traceroute

/// A way with one balancer: at its hop each flow meets one of `width` routers, chosen at random once.
struct BalancedWay {
    var distance = 5
    var balancer = 3
    var width: Int
    /// Routers of the balancer that let nothing pass.
    var dead: Set<Int> = []
    /// Routers of the balancer that never answer.
    var mute: Set<Int> = []
    /// A router that lets nothing pass answers for itself.
    var answersAtBalancer = false
    /// Next hops of the second router of the balancer; that of the others is one.
    var inner: Int?
    var reply = TraceAnswer.Reply.echo
    /// Of a hundred answers so many are lost.
    var loss = 0
    /// Of a hundred packets over a router of the balancer so many are lost.
    var losses: [Int: Int] = [:]
    /// The same of the target's answers, which come back by a link of their own.
    var answerLosses: [Int: Int] = [:]
    /// Routers of the balancer behind which the way is so many hops longer.
    var detours: [Int: Int] = [:]
    /// So many hops behind the balancer answer from another address on each branch.
    var apart = 0
    /// After the start, when nothing passes the balancer.
    var outages: [Range<Duration>] = []
    /// After the start, from when on the kernel of this host sends nothing.
    var refusedFrom: Duration?
    var seed: UInt64 = 1
    /// All answer as Linux does: six errors at once, and one a second.
    var limitsErrors = false

    private func branch(_ flow: Int) -> Int { hash(flow, 0) % width }

    private func hash(_ flow: Int, _ salt: UInt64) -> Int {
        var value = (UInt64(flow) &+ 1) &* 0x9E37_79B9_7F4A_7C15 ^ (seed ^ salt) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 31) >> 1)
    }

    /// From 0 to 99, of its own for each packet.
    private func chance(_ number: Int) -> Int {
        var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
        return Int.random(in: 0..<100, using: &generator)
    }

    func reply(_ ttl: Int, _ flow: Int, number: Int = 0) -> TraceAnswer? {
        let branch = branch(flow)
        if loss > 0, (number &* 7919 &+ Int(truncatingIfNeeded: seed &* 104_729)) % 100 < loss { return nil }
        if dead.contains(branch), ttl >= balancer + (answersAtBalancer ? 1 : 0) { return nil }
        if mute.contains(branch), ttl == balancer { return nil }
        if let share = losses[branch], ttl >= balancer, chance(number) < share { return nil }
        let detour = detours[branch] ?? 0
        let end = distance + detour
        var router = ttl > balancer && detour > 0 ? "10.8.\(ttl).1" : "10.0.\(ttl).1"
        if let inner, ttl == balancer + 1, branch == 1 { router = "10.7.\(hash(flow, 77 << 32) % inner).1" }
        if ttl > balancer, ttl <= balancer + apart { router = "10.6.\(ttl).\(branch + 1)" }
        if let share = answerLosses[branch], ttl >= end, chance(number) < share { return nil }
        let address = ttl == balancer ? "10.9.\(branch).1" : ttl < end ? router : "192.0.2.1"
        let kind: TraceAnswer.Kind = ttl < end ? .ttlExceeded : .reply(reply)
        return TraceAnswer(kind: kind, responder: ip(address), receivedAt: Simulation.start)
    }

    func trace(
        _ plan: TracePlan
    ) -> (state: MultipathState, departures: [(at: MonotonicTime, answers: IPAddress?)], ended: Bool) {
        var state = MultipathState(plan, start: Simulation.start)
        var now = Simulation.start
        var queue: [(number: Int, at: MonotonicTime, answer: TraceAnswer)] = []
        var departures: [(at: MonotonicTime, answers: IPAddress?)] = []
        var buckets: [IPAddress: (errors: Double, at: MonotonicTime)] = [:]
        func isAllowed(_ responder: IPAddress) -> Bool {
            guard limitsErrors else { return true }
            let former = buckets[responder] ?? (6, now)
            let errors = min(6, former.errors + Double((now - former.at).nanoseconds) / 1e9)
            buckets[responder] = (errors >= 1 ? errors - 1 : errors, now)
            return errors >= 1
        }
        while now < Simulation.start + .seconds(600) {
            while let next = queue.first, next.at <= now {
                var answer = next.answer
                answer.receivedAt = next.at
                state.receive(answer, for: next.number)
                queue.removeFirst()
            }
            switch state.next(at: now) {
            case .finished: return (state, departures, true)
            case .send(let number, let flow, let ttl):
                if let refusedFrom, now >= Simulation.start + refusedFrom {
                    state.didFail(number, .noRoute)
                    continue
                }
                let isCut = ttl >= balancer && outages.contains { $0.contains(now - Simulation.start) }
                let reply = isCut ? nil : reply(ttl, flow, number: number)
                let answer = reply.flatMap { isAllowed($0.responder) ? $0 : nil }
                departures.append((now, answer?.responder))
                if let answer { queue.append((number, now + .milliseconds(2), answer)) }
            case .wait(let until): now = min(until, queue.first?.at ?? until)
            }
        }
        return (state, departures, false)
    }
}
