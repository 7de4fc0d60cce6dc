import Model
import Sockets
import Synchronization
import Testing
import Wire

@testable import Traceroute

@Suite("one limit for the traces of a process")
struct SharedLimitTests {
    private static let target = ip("192.0.2.1")

    /// Runs traces that begin together over one way, in simulated time.
    /// - Returns: when the target was asked, and when each came to its end; nil: not at all.
    private func run(_ number: Int, _ plan: TracePlan, _ limiter: inout ResponderLimiter) -> (
        [MonotonicTime], [Duration?]
    ) {
        let way = BalancedWay(width: 1)
        var traces = (0..<number).map { _ in MultipathState(plan, start: Simulation.start) }
        var ends = [Duration?](repeating: nil, count: number)
        var queue: [(trace: Int, number: Int, at: MonotonicTime, answer: TraceAnswer)] = []
        var asked: [MonotonicTime] = []
        var now = Simulation.start
        while now < Simulation.start + .seconds(60), ends.contains(nil) {
            while var next = queue.first, next.at <= now {
                next.answer.receivedAt = next.at
                _ = traces[next.trace].receive(next.answer, for: next.number, limiter: &limiter)
                queue.removeFirst()
            }
            var wake = queue.first?.at
            for index in traces.indices where ends[index] == nil {
                switch traces[index].next(at: now, limiter: &limiter) {
                case .finished: ends[index] = now - Simulation.start
                case .wait(let until): wake = min(wake ?? until, until)
                case .send(let number, let flow, let ttl):
                    wake = now
                    guard let answer = way.reply(ttl, flow) else { continue }
                    let isFirst = flow == 0 && traces[index].flows[0].probes.last?.round == 0
                    if answer.responder == Self.target, !isFirst { asked.append(now) }
                    queue.append((index, number, now + .milliseconds(2), answer))
                }
            }
            if let wake, wake > now { now = wake }
        }
        return (asked, ends)
    }

    @Test("traces that run together ask their target no more than twenty times in any second, and come to their end")
    func together() {
        let plan = TracePlan(count: 5, flows: .fixed(4))
        var limiter = ResponderLimiter(limit: plan.responderLimit)
        let (asked, ends) = run(4, plan, &limiter)
        #expect(asked.count >= 70)
        for (early, late) in zip(asked, asked.dropFirst(20)) { #expect(late - early >= .seconds(1)) }
        // Eighty packets, twenty a second.
        for end in ends { #expect(end.map { $0 < .seconds(6) } == true) }
    }

    @Test("a trace that follows another one begins with what that one has sent")
    func oneAfterTheOther() {
        let plan = TracePlan(count: 3, flows: .fixed(4))
        var limiter = ResponderLimiter(limit: plan.responderLimit)
        _ = run(1, plan, &limiter)
        let (_, ends) = run(1, plan, &limiter)
        var own = ResponderLimiter(limit: plan.responderLimit)
        let (_, alone) = run(1, plan, &own)
        #expect(alone[0].map { $0 < .milliseconds(900) } == true && ends[0].map { $0 > .milliseconds(1_000) } == true)
    }

    @Test("of many threads that ask at once exactly twenty get a place")
    func threads() throws {
        let limits = SharedLimiter()
        let places = Mutex(0)
        let threads = try (0..<8).map { _ in
            try DedicatedThread(name: "place") {
                for _ in 0..<50 where limits.reserve(for: Self.target, at: Simulation.start) == nil {
                    places.withLock { $0 += 1 }
                }
            }
        }
        threads.forEach { $0.join() }
        #expect(places.withLock { $0 } == 20)
        let wait = limits.reserve(for: Self.target, at: Simulation.start)
        let next = try #require(wait)
        #expect(limits.reserve(for: Self.target, at: next) == nil)
    }

    @Test("whom nothing has left to within the last second is forgotten; what is to leave later is remembered")
    func forgets() {
        var limiter = ResponderLimiter(limit: 20)
        var most = 0
        for number in 0..<200 {
            let now = Simulation.start + .milliseconds(100) * number
            limiter.forget(at: now)
            limiter.record(ip("10.0.0.\(number)"), at: now)
            most = max(most, limiter.known)
        }
        #expect(most <= 24)
        let now = Simulation.start + .seconds(30)
        limiter.record(Self.target, packets: 20, at: now + .seconds(3))
        limiter.forget(at: now + .seconds(2))
        #expect(limiter.known == 1 && limiter.wait(for: Self.target, at: now + .seconds(3)) != nil)
        limiter.forget(at: now + .seconds(5))
        #expect(limiter.known == 0 && limiter.wait(for: Self.target, at: now + .seconds(5)) == nil)
    }
}
