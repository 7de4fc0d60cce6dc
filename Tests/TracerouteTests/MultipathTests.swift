import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Parallel flows")
struct MultipathTests {
    @Test(
        "with a silent hop before the target every trace ends, whatever dies or is refused",
        arguments: [1, 2, 3, 5, 10]
    )
    func silentHop(rounds: Int) {
        for flows in [FlowPlan.fixed(1), .fixed(4), .automatic(.percent95)] {
            for seed in 1...20 {
                var plan = TracePlan()
                (plan.count, plan.flows) = (rounds, flows)
                var way = BalancedWay(distance: 4, width: 2, dead: [seed % 3], mute: [0, 1], seed: UInt64(seed))
                if seed % 2 == 0 { way.refusedFrom = .milliseconds(50 * seed) }
                let trace = way.trace(plan)
                #expect(trace.ended && trace.departures.count < 2_000)
                #expect(trace.state.rounds <= rounds)
            }
        }
    }

    @Test("flows that looked for a way beside a dead one are measured in all rounds")
    func explorersAreMeasured() {
        var plan = TracePlan()
        plan.flows = .automatic(.percent95)
        let states = (1...40).map { seed in
            BalancedWay(distance: 4, width: 2, dead: [0], mute: [0, 1], seed: UInt64(seed)).trace(plan).state
        }
        let measured = states.flatMap { state in state.flows.filter { $0.distance != nil && state.isMeasured($0) } }
        #expect(!measured.isEmpty && measured.allSatisfy { $0.targetStatistics.sent >= plan.count })
    }

    @Test("the longest outage goes by its times where the limit of the target keeps the rounds of eight flows apart")
    func outageOfManyFlows() {
        let way = BalancedWay(distance: 3, balancer: 2, width: 1, outages: [Duration.seconds(2)..<Duration.seconds(6)])
        let state = way.trace(TracePlan(count: 20, flows: .fixed(8))).state
        #expect(state.longestOutage > .seconds(3) && state.longestOutage < .seconds(6), "\(state.longestOutage)")
    }

    @Test(
        "at regular rounds it is as many intervals as there are misses, at the end too, and none without a miss",
        arguments: [(250, 560, 300), (750, 5_000, 200), (250, 350, 100), (10, 20, 0)]
    )
    func regularOutage(from: Int, to: Int, outage: Int) {
        let span = Duration.milliseconds(from)..<Duration.milliseconds(to)
        let state = BalancedWay(distance: 3, balancer: 2, width: 1, outages: [span]).trace(TracePlan()).state
        #expect(state.longestOutage == .milliseconds(outage))
    }

    @Test(
        "the stopping rule is the table of scamper",
        arguments: [(1, 6), (2, 11), (3, 16), (4, 21), (5, 27), (6, 33), (9, 51), (15, 90)]
    )
    func table(found: Int, flows: Int) {
        #expect(StoppingRule(.percent95).flows(found: found) == flows)
    }

    @Test("with 99 % it asks for more", arguments: [(1, 8), (2, 15), (9, 66), (15, 115)])
    func table99(found: Int, flows: Int) {
        #expect(StoppingRule(.percent99).flows(found: found) == flows)
    }

    @Test("flows whose way is longer than the first one's are followed to the target, and one of each way is measured")
    func detours() {
        for seed in 0..<20 {
            let way = BalancedWay(distance: 8, width: 2, detours: [seed % 2: 5], seed: UInt64(seed))
            let trace = way.trace(TracePlan(count: 10, maxHops: 30, flows: .automatic(.percent99)))
            #expect(trace.state.flows.allSatisfy { $0.distance != nil }, "\(seed)")
            #expect(trace.state.flows.count { $0.plan.count > 1 } <= 2, "\(seed)")
            #expect(trace.state.isComplete == true && trace.state.flows.count < 40, "\(seed)")
            #expect(Set(trace.state.flows.compactMap(\.distance)) == [8, 13], "\(seed)")
            #expect(mostPerSecond(trace.departures, after: .milliseconds(60)) <= 20, "\(seed)")
        }
    }

    /// The most packets that one responder got in a second.
    private func mostPerSecond(_ departures: [(at: MonotonicTime, answers: IPAddress?)], after: Duration) -> Int {
        let late = departures.filter { $0.at >= Simulation.start + after && $0.answers != nil }
        return Dictionary(grouping: late) { $0.answers }.values.map { own in
            own.map { first in own.count { $0.at >= first.at && $0.at < first.at + .seconds(1) } }.max() ?? 0
        }.max() ?? 0
    }

    @Test(
        "of 1,000 balancers that stand behind one of two links the whole trace misses any in at most 5 %, or says that it may"
    )
    func nested() {
        var missed = 0
        for seed in 0..<1_000 {
            let way = BalancedWay(distance: 4, balancer: 2, width: 2, inner: seed % 8 + 1, seed: UInt64(seed))
            let state = way.trace(TracePlan(count: 1, maxHops: 5, flows: .automatic(.percent99))).state
            let seen = Set(state.flows.flatMap(\.probes).filter { $0.ttl == 3 }.compactMap { $0.answer?.responder })
            if seen.count < seed % 8 + 2, state.isComplete == true { missed += 1 }
        }
        #expect(missed <= 20, "\(missed)")
    }

    @Test("of 1,000 balancers of 1 to 16 next hops the rule misses any in at most 5 %")
    func misses() {
        var generator = SeededGenerator(seed: 7)
        let rule = StoppingRule(.percent95)
        var missed = 0
        for balancer in 0..<1_000 {
            let width = balancer % 16 + 1
            var seen: Set<Int> = []
            var flows = 0
            while flows < rule.flows(found: seen.count) {
                seen.insert(Int.random(in: 0..<width, using: &generator))
                flows += 1
            }
            if seen.count < width { missed += 1 }
        }
        #expect(missed <= 50, "\(missed)")
    }

    @Test("of 1,000 balancers of 1 to 16 next hops the whole trace misses any in at most 5 %, and says that it is done")
    func automatic() {
        var missed = 0
        for seed in 0..<1_000 {
            let way = BalancedWay(distance: 3, balancer: 2, width: seed % 16 + 1, seed: UInt64(seed))
            let state = way.trace(TracePlan(count: 1, maxHops: 4, flows: .automatic(.percent95))).state
            #expect(state.isComplete == true && state.distance == 3)
            if state.hops[1].responders.count < way.width { missed += 1 }
        }
        #expect(missed <= 50, "\(missed)")
    }

    @Test("a router that never answers beside one that does is another way, and whoever may cross either is of none")
    func muteSibling() {
        let way = BalancedWay(width: 2, mute: [1])
        var state = way.trace(TracePlan(count: 10, maxHops: 10, flows: .fixed(8))).state
        let mute = MuteHops.find(in: state.flows)
        let isProven = state.flows.indices.allSatisfy { flow in
            mute[flow] == (way.reply(3, flow) == nil ? [3] : [])
        }
        #expect(isProven && mute.contains([3]) && mute.contains([]))
        // The router that answers does so each time: it limits nothing.
        let limited = state.hops.filter(\.isRateLimited)
        #expect(limited.isEmpty)
        state = way.trace(TracePlan(count: 10, maxHops: 10, flows: .automatic(.percent95))).state
        #expect(MuteHops.find(in: state.flows).contains([3]))
        #expect(state.isComplete == false)
    }

    @Test("where the target answers nobody a router that never answers is told from its sibling all the same")
    func muteSiblingOfSilentTarget() {
        let way = BalancedWay(width: 2, dead: [0, 1], mute: [1], answersAtBalancer: true)
        let state = way.trace(TracePlan(count: 10, maxHops: 10, flows: .automatic(.percent95))).state
        #expect(state.distance == nil && state.isComplete == false)
        #expect(MuteHops.find(in: state.flows).contains([3]))
    }

    @Test("what the kernel refuses in the end it refuses lastingly, whatever was sent before to look for paths")
    func refused() {
        var way = BalancedWay(width: 2)
        way.refusedFrom = .seconds(2)
        let refused = way.trace(TracePlan(count: 40, flows: .automatic(.percent95))).state.refused
        #expect(refused.count > 0 && refused.isLasting)
        way.refusedFrom = nil
        #expect(way.trace(TracePlan(count: 10, flows: .automatic(.percent95))).state.refused == (0, false))
    }

    @Test("the first flow is followed, whatever it has lost", arguments: 0..<60)
    func firstFlow(seed: Int) {
        let way = BalancedWay(width: 2, loss: 40, seed: UInt64(seed))
        let state = way.trace(TracePlan(count: 1, maxHops: 10, flows: .automatic(.percent95))).state
        #expect(FlowMap(state.flows).firstOfEachWay.first == 0)
    }

    @Test(
        "a flow whose way is longer than that by which another has met the target has its own distance",
        arguments: 0..<20
    )
    func longerExplorer(seed: Int) {
        let way = BalancedWay(width: 3, dead: [0], detours: [2: 2], seed: UInt64(seed))
        let state = way.trace(TracePlan(count: 1, flows: .automatic(.percent95))).state
        for (flow, found) in state.flows.enumerated() {
            // On its way the target is the first to answer so.
            let distance = (1...30).first { way.reply($0, flow)?.kind.isReply == true }
            #expect(found.distance == distance, "\(flow)")
        }
        #expect(state.distanceChanges == 0)
    }

    @Test("a fixed number of flows is traced, each with its own loss")
    func fixed() {
        let way = BalancedWay(width: 2, dead: [1])
        let state = way.trace(TracePlan(count: 5, maxHops: 10, flows: .fixed(8))).state
        #expect(state.flows.count == 8 && state.isComplete == nil)
        let losses = state.flows.map(\.targetStatistics.loss)
        #expect(Set(losses) == [0, 1] && state.flows.allSatisfy { $0.targetStatistics.sent >= 5 })
    }

    @Test("one SYN-ACK proves the port open, whatever the SYNs after it are answered with", arguments: [0, 1, 3])
    func opened(accepting: Int) {
        var state = MultipathState(TracePlan(count: 4, maxHops: 1), start: Simulation.start)
        var now = Simulation.start
        var replies: [TraceAnswer.Reply] = []
        loop: while true {
            switch state.next(at: now) {
            case .send(let number, _, _):
                let kind: TraceAnswer.Reply = replies.count == accepting ? .synAck : .reset
                replies.append(kind)
                let answer = TraceAnswer(
                    kind: .reply(kind),
                    responder: ip("192.0.2.1"),
                    receivedAt: now + .milliseconds(1)
                )
                state.receive(answer, for: number)
            case .wait(let until): now = until
            case .finished: break loop
            }
        }
        #expect(replies.count == 4 && state.reply == .synAck)
    }

    @Test("dead branches are found and measured by the automatic search too")
    func deadBranch() {
        let way = BalancedWay(width: 2, dead: [1], seed: 3)
        let state = way.trace(TracePlan(count: 5, maxHops: 10, flows: .automatic(.percent95))).state
        let dead = state.flows.filter { $0.distance == nil && $0.targetStatistics.sent >= 5 }
        let alive = state.flows.filter { $0.targetStatistics.received >= 5 }
        #expect(!dead.isEmpty && !alive.isEmpty)
    }

    @Test("a dead branch before a target of UDP is no limit of the target's errors", arguments: UInt64(0)..<24)
    func deadBranchOfUDP(seed: UInt64) {
        var way = BalancedWay(distance: 10, balancer: 4, width: 2, dead: [1], seed: seed)
        way.reply = .portUnreachable
        let state = way.trace(TracePlan(count: 10, flows: .automatic(.percent95))).state
        let dead = Set(state.flows.indices.filter { state.flows[$0].distance == nil })
        #expect(!dead.isEmpty && state.cutOffFlows == dead)
        #expect(!state.isTargetLimited)
    }

    @Test("a target and routers that limit their errors cut no flow off", arguments: UInt64(0)..<24)
    func limitedErrors(seed: UInt64) {
        var way = BalancedWay(distance: 6, balancer: 3, width: 2, seed: seed)
        way.reply = .portUnreachable
        way.limitsErrors = true
        let state = way.trace(TracePlan(count: 10, flows: .automatic(.percent95))).state
        #expect(state.flows.count > 1 && state.cutOffFlows.isEmpty)
    }

    @Test("many flows together ask no responder more than 20 times a second after the first round")
    func limit() {
        let traced = BalancedWay(width: 4).trace(TracePlan(count: 10, interval: .milliseconds(10), flows: .fixed(16)))
        let later = traced.departures.dropFirst(30)
        var byResponder: [IPAddress: [MonotonicTime]] = [:]
        for departure in later {
            if let address = departure.answers { byResponder[address, default: []].append(departure.at) }
        }
        for times in byResponder.values {
            for (early, late) in zip(times, times.dropFirst(20)) { #expect(late - early >= .seconds(1)) }
        }
    }

    /// Packets to one responder: no second holds more than twenty.
    private func expectLimit(_ times: [MonotonicTime], _ comment: Comment? = nil) {
        let times = times.sorted()
        for (early, late) in zip(times, times.dropFirst(20)) { #expect(late - early >= .seconds(1), comment) }
    }

    @Test("handshakes, however late, and what this host resets count among what the target gets")
    func allPackets() {
        let target = ip("192.0.2.1")
        for (flowCost, late) in [(TracePlan.handshake, 500), (TracePlan.handshake, 0), (0, 0)] {
            var plan = TracePlan(count: 4, interval: .milliseconds(10), flows: .fixed(16))
            plan.flowCost = flowCost
            plan.handshakeTime = .milliseconds(500)
            var way = BalancedWay(width: 1)
            way.reply = flowCost == 0 ? .synAck : .acknowledgement
            let traced = way.trace(plan)
            var packets: [MonotonicTime] = []
            for (index, flow) in traced.state.flows.enumerated() {
                var opened = Simulation.start
                if index > 0, flowCost > 0, let first = flow.probes.first?.sentAt {
                    opened = first + .milliseconds(late)
                    packets += [first, opened]
                }
                for probe in flow.probes where probe.ttl >= 5 && (index > 0 || probe.round > 0) {
                    packets.append(max(probe.sentAt, opened))
                    // A reset for each SYN-ACK, a round trip later.
                    if flowCost == 0 { packets.append(probe.sentAt + .milliseconds(2)) }
                }
            }
            #expect(traced.departures.contains { $0.answers == target } && traced.ended)
            expectLimit(packets, "\(flowCost) \(late)")
        }
    }

    @Test("flows that begin together leave one after the other, not as a burst that queues drop")
    func pace() {
        let way = BalancedWay(distance: 30, width: 1)
        let traced = way.trace(TracePlan(count: 2, interval: .milliseconds(10), flows: .fixed(64)))
        let times = traced.departures.map(\.at)
        // 32 at once, then one each 250 µs.
        for (early, late) in zip(times, times.dropFirst(72)) { #expect(late - early >= .milliseconds(10)) }
        #expect(traced.ended && traced.state.flows.count == 64)
    }

    @Test("the handshakes of flows count among what the target gets")
    func handshakes() {
        var plan = TracePlan(count: 2, interval: .milliseconds(10), flows: .fixed(16))
        plan.flowCost = TracePlan.handshake
        let traced = BalancedWay(width: 1).trace(plan)
        let target = ip("192.0.2.1")
        // Three packets for the first probe of each flow, one for the others: fewer than seven new flows a second.
        var firsts: [MonotonicTime] = []
        for flow in traced.state.flows.dropFirst() {
            if let first = flow.probes.first { firsts.append(first.sentAt) }
        }
        firsts.sort()
        #expect(firsts.count == 15)
        for (early, late) in zip(firsts, firsts.dropFirst(7)) { #expect(late - early >= .milliseconds(900)) }
        #expect(traced.departures.contains { $0.answers == target } && traced.ended)
    }

    @Test("a trace that goes on follows the flows that showed a path, under their own numbers")
    func followed() {
        let way = BalancedWay(width: 2)
        let search = way.trace(TracePlan(count: 1, maxHops: 10, flows: .automatic(.percent95))).state
        let followed = search.followed
        #expect(followed.first == 0 && followed.count == 2)
        let hint = TraceState.Hint(end: 5, responders: search.flows[0].likelyResponders)
        var next = MultipathState(
            TracePlan(count: 1, maxHops: 10, flows: .fixed(2)),
            start: Simulation.start,
            names: followed,
            hints: [0: hint]
        )
        var asked: Set<Int> = []
        var now = Simulation.start + .seconds(2)
        for _ in 0..<100 {
            switch next.next(at: now) {
            case .send(let number, let flow, let ttl):
                asked.insert(flow)
                if var answer = way.reply(ttl, flow) {
                    answer.receivedAt = now
                    next.receive(answer, for: number)
                }
            case .wait(let until): now = until
            case .finished: break
            }
        }
        #expect(asked == Set(followed) && next.followed == followed)
        #expect(next.hops[2].responders.count == 2)
    }

    @Test("a flow that has never reached the target asks no farther than others have found it, be it the first one too")
    func firstWithoutHint() {
        var next = MultipathState(
            TracePlan(count: 1, flows: .fixed(2)),
            start: Simulation.start,
            names: [7, 0],
            hints: [0: TraceState.Hint(end: 5)]
        )
        var farthest: [Int: Int] = [:]
        var now = Simulation.start
        for _ in 0..<100 {
            switch next.next(at: now) {
            case .send(_, let flow, let ttl): farthest[flow] = max(farthest[flow] ?? 0, ttl)
            case .wait(let until): now = until
            case .finished: break
            }
        }
        #expect(farthest[7].map { $0 <= 8 } == true && farthest[0].map { $0 <= 8 } == true, "\(farthest)")
    }

    @Test("every trace ends, whatever is lost and whoever is dead", arguments: [0, 10, 50, 90, 99, 100])
    func ends(loss: Int) {
        for seed in 0..<4 {
            for flows in [FlowPlan.automatic(.percent95), .fixed(5), .fixed(1)] {
                var way = BalancedWay(width: 3, seed: UInt64(seed))
                way.loss = loss
                way.dead = seed == 3 ? [0, 1, 2] : [seed]
                let traced = way.trace(TracePlan(count: 3, maxHops: 12, flows: flows))
                #expect(traced.departures.count < 4_000)
                #expect(traced.ended, "\(loss) \(seed) \(flows)")
            }
        }
    }

    @Test("one flow behaves as a trace without flows")
    func single() {
        let state = BalancedWay(width: 3).trace(TracePlan(count: 4)).state
        #expect(state.flows.count == 1 && state.hops.count == 5 && state.rounds == 4)
        #expect(state.hops.allSatisfy { $0.responders.count == 1 })
    }
}
