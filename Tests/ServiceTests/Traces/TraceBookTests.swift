import Model
import Testing
import Traceroute
import Wire

@testable import Service

@Suite("regular traces")
struct TraceBookTests {
    private static func topology(trace: Duration?) -> Topology {
        var topology = Sample.topology()
        for index in topology.links.indices {
            topology.links[index].workloads[0].trace = trace
            topology.links[index].through[0].trace = trace
        }
        return topology
    }

    private static let start = Sample.clock(0).monotonic

    private func report(_ addresses: [String?], reached: Bool = true, mtu: Int? = nil) -> TraceReport {
        let hops = addresses.enumerated().map { index, address in
            TraceHop(
                ttl: index + 1,
                responders: address.flatMap { IPAddress($0) }.map { [.init(address: $0, answers: 1)] } ?? []
            )
        }
        var report = TraceReport(
            target: "10.1.0.4",
            address: .v4(IPv4Address(rawValue: 0x0A01_0004)),
            startedAt: Sample.clock(0).wall,
            duration: .zero,
            rounds: 3,
            interval: .milliseconds(100),
            access: .raw,
            hops: hops,
            distance: reached ? hops.count : nil,
            statistics: HopStatistics(),
            verdict: TraceVerdict(status: .reached, sentence: "")
        )
        report.mtu = mtu.map { PathMTU(bytes: $0, interfaceBytes: 1500) }
        return report
    }

    @Test("a workload is traced over the host's route, a through target over the pin of every path")
    func tasks() {
        let tasks = TraceBook.tasks(of: Self.topology(trace: .seconds(30)))
        #expect(tasks.map { $0.path ?? "" } == ["", "kr-er-01/primary", "kr-er-01/secondary", "kr-vpn"])
        #expect(tasks.map(\.pin.interface) == [nil, "er0", "er1", "vpn0"])
        let requests = tasks.map { $0.request(Self.topology(trace: .seconds(30))) }
        #expect(requests[0].chosenProtocol == .tcp && requests[0].port == 443)
        #expect(requests[1].chosenProtocol == .icmp && requests[1].interface == "er0")
        #expect(TraceBook.tasks(of: Self.topology(trace: nil)).isEmpty)
    }

    @Test("the edge of a path is traced over its pin, and in an incident of each link that uses the path")
    func edges() {
        var topology = Self.topology(trace: nil)
        topology.paths[0].edge = [
            ProbeSpec(target: Target(scheme: .icmp, host: "172.16.0.2"), trace: .seconds(30))
        ]
        var book = TraceBook()
        let regular = book.next(topology, at: Self.start).map { [$0] } ?? []
        #expect(regular.map(\.link) == [""] && regular.map(\.path) == ["kr-er-01/primary"])
        #expect(regular.map(\.pin.interface) == ["er0"])
        let call = IncidentBook.Call(incident: 1, link: "seoul-koreacentral", moment: .moved)
        _ = book.obey(call, topology, at: Self.start)
        let burst = book.next(topology, at: Self.start, isCalled: true)
        #expect(burst?.call == call && !book.isCalled)
    }

    @Test("each is due once a period, and a late one is not made up for")
    func periods() {
        let topology = Self.topology(trace: .seconds(30))
        var book = TraceBook()
        func paths(at time: MonotonicTime) -> [String] {
            var list: [String] = []
            while let task = book.next(topology, at: time) { list.append(task.path ?? "") }
            return list
        }
        #expect(Set(paths(at: Self.start)).count == 4)
        #expect(paths(at: Self.start + .seconds(29)).isEmpty)
        #expect(paths(at: Self.start + .seconds(300)).count == 4)
    }

    @Test("another router is another way; a silent one is not, and the hash stays")
    func changes() throws {
        var book = TraceBook()
        let next = book.next(Self.topology(trace: .seconds(30)), at: Self.start)
        let task = try #require(next)
        let first = book.settle(task, report(["10.0.0.1", "172.16.0.2", "10.1.0.4"]))
        #expect(!first.0.isChange && first.0.hops == 3)
        #expect(first.sentence == "the way to tcp://10.1.0.4:443 is 10.0.0.1 > 172.16.0.2 > 10.1.0.4")
        let silent = book.settle(task, report(["10.0.0.1", nil, "10.1.0.4"]))
        #expect(!silent.0.isChange && silent.0.hash == first.0.hash)
        let broken = book.settle(task, report(["10.0.0.1"], reached: false))
        #expect(!broken.0.isChange && broken.0.hops == nil && broken.0.hash == first.0.hash)
        let moved = book.settle(task, report(["10.0.0.1", "172.16.0.6", "10.1.0.4"]))
        #expect(moved.0.isChange && moved.0.hash != first.0.hash)
        let sentence = try #require(moved.sentence)
        #expect(sentence.contains("it was 10.0.0.1 > 172.16.0.2 > 10.1.0.4, it is 10.0.0.1 > 172.16.0.6 > 10.1.0.4"))
        let back = book.settle(task, report(["10.0.0.1", "172.16.0.2", "10.1.0.4"]))
        #expect(back.0.isChange && back.0.hash == first.0.hash)
    }

    @Test("when the traffic of a link moves, its traces are due at once, and what they show is told in any case")
    func evidence() throws {
        let topology = Self.topology(trace: .seconds(300))
        var book = TraceBook()
        func due(at time: MonotonicTime) -> [TraceBook.Task] {
            var list: [TraceBook.Task] = []
            while let task = book.next(topology, at: time) { list.append(task) }
            return list
        }
        let link = "seoul-koreacentral"
        for task in due(at: Self.start) { _ = book.settle(task, report(["10.0.0.1", "10.1.0.4"])) }
        let later = Self.start + .seconds(10)
        book.note(link: link, active: [Sample.primary], topology, at: later)
        book.note(link: link, active: nil, topology, at: later)
        #expect(due(at: later).isEmpty, "the first word and an unknown state move nothing")
        book.note(link: link, active: [Sample.tunnel], topology, at: later)
        let tasks = due(at: later)
        #expect(tasks.count == 4)
        let same = book.settle(try #require(tasks.first), report(["10.0.0.1", "10.1.0.4"]))
        #expect(same.sentence?.contains("is 10.0.0.1 > 10.1.0.4") == true && !same.0.isChange)
        let broken = book.settle(try #require(tasks.last), report(["10.0.0.1"], reached: false))
        #expect(broken.sentence?.hasSuffix("is 10.0.0.1 and ends there") == true)
        let next = due(at: later + .seconds(300))
        let quiet = book.settle(try #require(next.first { $0.key == tasks[0].key }), report(["10.0.0.1", "10.1.0.4"]))
        #expect(quiet.sentence == nil)
    }

    @Test("a moment of an incident has its traces at once and before all others; a new one tells what was before")
    func calls() throws {
        let topology = Self.topology(trace: .seconds(300))
        var book = TraceBook()
        let link = "seoul-koreacentral"
        func called(at time: MonotonicTime) -> [TraceBook.Task] {
            var list: [TraceBook.Task] = []
            while let task = book.next(topology, at: time, isCalled: true) { list.append(task) }
            return list
        }
        let regular = book.next(topology, at: Self.start)
        _ = book.settle(try #require(regular), report(["10.0.0.1", "10.1.0.4"]))
        #expect(!book.isCalled && called(at: Self.start).isEmpty)
        let later = Self.start + .seconds(10)
        let began = IncidentBook.Call(incident: 7, link: link, moment: .began)
        let before = book.obey(began, topology, at: later)
        #expect(before.map(\.moment) == [.before] && before.first?.target.description == "tcp://10.1.0.4:443")
        let again = book.obey(began, topology, at: later)
        #expect(again.isEmpty)
        let isCalled = book.isCalled
        let first = book.next(topology, at: later)
        let burst = [try #require(first)] + called(at: later)
        #expect(isCalled && burst.count == 4 && burst.allSatisfy { $0.call == began && !$0.searchesMTU })
        #expect(burst[0].request().plan.count == TraceRounds.burstRounds)
        let told = book.settle(burst[0], report(["10.0.0.1"], reached: false))
        #expect(told.sentence?.hasPrefix("in the outage of \(link) the way to ") == true)
        #expect(!book.isCalled && called(at: later).isEmpty)
        let moved = IncidentBook.Call(incident: 7, link: link, moment: .moved)
        let once = book.obey(moved, topology, at: later)
        #expect(once.isEmpty, "before is told once")
        #expect(called(at: later).count == 4)
    }

    @Test(
        "a trace that had begun before the traffic moved is no evidence of the move; the next one is, and searches the MTU"
    )
    func begunBefore() throws {
        var topology = Self.topology(trace: .seconds(300))
        topology.links[0].through = []
        var book = TraceBook()
        let link = "seoul-koreacentral"
        book.note(link: link, active: [Sample.primary], topology, at: Self.start)
        let next = book.next(topology, at: Self.start)
        let begun = try #require(next)
        book.note(link: link, active: [Sample.tunnel], topology, at: Self.start)
        let whileItRuns = book.next(topology, at: Self.start, running: [begun.key])
        #expect(whileItRuns == nil)
        let former = book.settle(begun, report(["10.0.0.1", "172.16.0.2", "10.1.0.4"], mtu: 1500))
        #expect(former.sentence?.hasPrefix("the way to") == true)
        let after = book.next(topology, at: Self.start)
        let second = try #require(after)
        #expect(second.isEvidence && second.searchesMTU)
        #expect(book.settle(second, report(["10.0.0.1", "10.1.0.4"])).sentence?.contains("has changed") == true)
    }

    @Test("a trace that was given up is due again, and searches the MTU again")
    func postponed() throws {
        let topology = Self.topology(trace: .seconds(300))
        var book = TraceBook()
        let first = book.next(topology, at: Self.start)
        let task = try #require(first)
        book.postpone(task, at: Self.start)
        var again: [TraceBook.Task] = []
        while let next = book.next(topology, at: Self.start) { again.append(next) }
        #expect(again.count == 4 && again.contains(task))
    }

    @Test("what hinders a trace is said once, and when it is over")
    func hindrance() throws {
        var book = TraceBook()
        let next = book.next(Self.topology(trace: .seconds(30)), at: Self.start)
        let task = try #require(next)
        #expect(book.tell(nil, of: task) == nil)
        #expect(book.tell("no such interface", of: task) == "trace to \(task.target): no such interface")
        #expect(book.tell("no such interface", of: task) == nil)
        #expect(book.tell("not over", of: task) == "trace to \(task.target): not over")
        #expect(
            book.tell(nil, of: task) == "trace to \(task.target): possible again" && book.tell(nil, of: task) == nil
        )
    }

    @Test("a trace that could not be made says that nobody knows, keeps the way, and searches the MTU next time")
    func missed() throws {
        var topology = Self.topology(trace: .seconds(30))
        topology.links[0].through = []
        var book = TraceBook()
        let first = book.next(topology, at: Self.start)
        let task = try #require(first)
        #expect(task.searchesMTU && book.miss(task).hash.isEmpty)
        let second = book.next(topology, at: Self.start + .seconds(30))
        let again = try #require(second)
        #expect(again.searchesMTU)
        let known = book.settle(again, report(["10.0.0.1", "10.1.0.4"], mtu: 1500)).0
        let missed = book.miss(again)
        #expect(missed.hops == nil && missed.flowLoss.isEmpty && missed.ownMTU == nil && !missed.isChange)
        #expect(missed.hash == known.hash && missed.key == known.key)
        let same = book.settle(again, report(["10.0.0.1", "10.1.0.4"]))
        #expect(!same.0.isChange && same.sentence == nil)
    }

    @Test("a target that answers after a trace that did not reach it has a way, and no other one than before")
    func reachedLater() throws {
        var book = TraceBook()
        let next = book.next(Self.topology(trace: .seconds(30)), at: Self.start)
        let task = try #require(next)
        let broken = book.settle(task, report(["10.0.0.1"], reached: false))
        #expect(broken.sentence == "the way to tcp://10.1.0.4:443 is 10.0.0.1 and ends there")
        let reached = book.settle(task, report(["10.0.0.1", "172.16.0.2", "10.1.0.4"]))
        #expect(!reached.0.isChange && reached.0.hash != broken.0.hash)
        #expect(reached.sentence == "the way to tcp://10.1.0.4:443 is 10.0.0.1 > 172.16.0.2 > 10.1.0.4")
    }

    @Test("traces that are due for longer than their period are late")
    func lateness() {
        let topology = Self.topology(trace: .seconds(30))
        var book = TraceBook()
        _ = book.next(topology, at: Self.start)
        func late(after seconds: Int) -> [Int] {
            let (late, all) = book.lateness(topology, at: Self.start + .seconds(seconds))
            return [late, all]
        }
        #expect(late(after: 30) == [0, 4] && late(after: 31) == [3, 4] && late(after: 61) == [4, 4])
    }

    @Test("packets that take parallel paths one by one show no way that could change")
    func mixed() throws {
        var book = TraceBook()
        let next = book.next(Self.topology(trace: .seconds(30)), at: Self.start)
        let task = try #require(next)
        var sentences: [String?] = []
        for middle in ["172.16.0.2", "172.16.0.6", "172.16.0.2"] {
            var report = self.report(["10.0.0.1", middle, "10.1.0.4"])
            var flow = TraceFlow(
                number: 0,
                responders: [IPAddress("10.0.0.1"), IPAddress(middle), IPAddress("10.1.0.4")],
                distance: 3,
                statistics: HopStatistics(sent: 1, roundTrips: [.zero])
            )
            flow.isMixed = true
            report.flows = [flow]
            let (finding, sentence) = book.settle(task, report)
            #expect(!finding.isChange && finding.hash.isEmpty && finding.hops == 3)
            sentences.append(sentence)
        }
        #expect(sentences == ["the way to tcp://10.1.0.4:443 is unknown", nil, nil], "it is told once")
    }

    @Test("each flow has a way and a loss of its own; another way of one flow is a change")
    func flows() throws {
        var book = TraceBook()
        let next = book.next(Self.topology(trace: .seconds(30)), at: Self.start)
        let task = try #require(next)
        func report(_ middles: [String?], lost: Set<Int> = []) -> TraceReport {
            var report = self.report(["10.0.0.1", "172.16.0.2", "10.1.0.4"])
            report.flows = middles.enumerated().map { number, middle in
                TraceFlow(
                    number: number,
                    responders: [IPAddress("10.0.0.1"), middle.flatMap { IPAddress($0) }, IPAddress("10.1.0.4")],
                    distance: lost.contains(number) ? nil : 3,
                    statistics: HopStatistics(sent: 2, roundTrips: lost.contains(number) ? [] : [.zero, .zero])
                )
            }
            return report
        }
        let first = book.settle(task, report(["172.16.0.2", "172.16.0.6"]))
        #expect(first.0.flowLoss == [0: 0, 1: 0] && !first.0.isChange)
        let silent = book.settle(task, report(["172.16.0.2", nil], lost: [1]))
        #expect(silent.0.flowLoss == [0: 0, 1: 1] && !silent.0.isChange && silent.0.hash == first.0.hash)
        let moved = book.settle(task, report(["172.16.0.2", "172.16.0.2"]))
        #expect(moved.0.isChange && moved.0.hash != first.0.hash)
        #expect(moved.sentence?.contains("has changed for 1 of 2 flows: it was ") == true)
    }

    @Test("the path MTU is searched in the first trace and in one of ten")
    func searches() {
        var topology = Self.topology(trace: .seconds(1))
        topology.links[0].through = []
        var book = TraceBook()
        let searches = (0..<21).map { second in
            book.next(topology, at: Self.start + .seconds(second))?.searchesMTU ?? false
        }
        #expect(searches.indices.filter { searches[$0] } == [0, 10, 20])
    }

    @Test("after a move of the traffic the path MTU is searched until it is found")
    func searchesAfterMove() throws {
        var topology = Self.topology(trace: .seconds(1))
        topology.links[0].through = []
        var book = TraceBook()
        var second = 0
        func next() throws -> TraceBook.Task {
            second += 1
            let task = book.next(topology, at: Self.start + .seconds(second))
            return try #require(task)
        }
        book.note(link: "seoul-koreacentral", active: [Sample.primary], topology, at: Self.start)
        _ = book.settle(try next(), report(["10.1.0.4"], mtu: 1500))
        #expect(try !next().searchesMTU)
        book.note(link: "seoul-koreacentral", active: [Sample.tunnel], topology, at: Self.start + .seconds(second))
        let broken = try next()
        #expect(broken.searchesMTU)
        _ = book.settle(broken, report(["10.0.0.1"], reached: false))
        let moved = try next()
        #expect(moved.searchesMTU)
        #expect(book.settle(moved, report(["10.1.0.4"], mtu: 1400)).0.mtu == 1400)
        let again = try next()
        #expect(again.searchesMTU, "a smaller one is looked at once more")
        _ = book.settle(again, report(["10.1.0.4"], mtu: 1400))
        #expect(try !next().searchesMTU)
    }

    @Test("a pinned path with a smaller MTU than it had is searched at every trace until it has it again")
    func searchesWhileReduced() throws {
        var topology = Self.topology(trace: .seconds(1))
        topology.links[0].workloads[0].trace = nil
        topology.links[0].tiers = [[Sample.primary]]
        var book = TraceBook()
        var searches: [Bool] = []
        for (second, bytes) in [1500, 1500, 1500, 1500, 1500, 1500, 1500, 1500, 1500, 1500, 1400, 1400, 1500, 1500]
            .enumerated()
        {
            let next = book.next(topology, at: Self.start + .seconds(second))
            let task = try #require(next)
            searches.append(task.searchesMTU)
            _ = book.settle(task, report(["10.1.0.4"], mtu: task.searchesMTU ? bytes : nil))
        }
        #expect(searches.indices.filter { searches[$0] } == [0, 10, 11, 12])
    }

    @Test(
        "a pinned trace speaks of its path's MTU, unless its hops or losses speak against that; a workload's never does"
    )
    func ownMTU() throws {
        var book = TraceBook()
        let tasks = TraceBook.tasks(of: Self.topology(trace: .seconds(30)))
        var shown = report(["172.16.0.2", "10.1.0.4"], mtu: 1400)
        func own(_ task: TraceBook.Task) -> Int? { book.settle(task, shown).0.ownMTU }
        #expect(own(tasks[0]) == nil && own(tasks[1]) == 1400)
        shown.identity = PathIdentity(path: Sample.primary)
        #expect(own(tasks[1]) == 1400 && own(tasks[2]) == nil)
        shown.identity = PathIdentity(candidates: [Sample.primary, Sample.secondary])
        #expect(own(tasks[2]) == 1400 && own(tasks[3]) == nil)
        shown.identity = PathIdentity(isContradictory: true)
        #expect(own(tasks[1]) == nil)
        shown.identity = PathIdentity()
        shown.mtu?.behaviour = .blackHole
        shown.statistics.sent = 3
        shown.statistics.received = 2
        #expect(own(tasks[1]) == nil, "large packets may be among the lost ones")
        shown.mtu?.behaviour = .reported
        #expect(own(tasks[1]) == 1400, "a router said so")
    }

    @Test("denied targets are denied, also among allowed ones; an empty list allows all")
    func limits() throws {
        let address = try #require(IPAddress("10.1.0.4"))
        let net = try #require(Subnet("10.0.0.0/8"))
        let host = try #require(Subnet("10.1.0.4/32"))
        #expect(TargetLimits().permits(address))
        #expect(TargetLimits(allow: [net]).permits(address))
        #expect(!TargetLimits(allow: [net], deny: [host]).permits(address))
        #expect(!TargetLimits(allow: [host]).permits(try #require(IPAddress("10.1.0.5"))))
    }
}
