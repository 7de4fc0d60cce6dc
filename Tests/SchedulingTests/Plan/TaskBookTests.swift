import Model
import Probing
import Scheduling
import Sockets
import TestSupport
import Testing
import Wire

@Suite("Tasks of the probe engine")
struct TaskBookTests {
    private static let v4 = IPAddress.v4(IPv4Address(10, 1, 0, 4))
    private static let v6 = IPAddress.v6(IPv6Address(high: 0xFD00 << 48, low: 4))

    private func book(_ topology: Topology, targets: [ProbeSpec] = [], seed: UInt32 = 7) -> TaskBook {
        var book = TaskBook(portSeed: seed)
        _ = book.adopt(ProbePlan(topology: topology, targets: targets, hopEvidence: true))
        return book
    }

    private func ports(_ book: TaskBook) -> [PlannedStream.Purpose: UInt16] {
        var ports: [PlannedStream.Purpose: UInt16] = [:]
        for task in book.tasks() {
            guard let stream = book.index[task.id], stream.key != nil, let port = task.sourcePort else { continue }
            ports[stream.purpose] = port
        }
        return ports
    }

    @Test("a task has its stream's address, port, pin, times and hop limit")
    func tasks() throws {
        let tasks = book(try PlanSample.topology()).tasks()
        let through = try #require(tasks.first { $0.pin.interface == "er0" && $0.destination == Self.v4 })
        #expect(through.kind == .icmpEcho && through.port == nil && through.interval == .seconds(1))
        #expect(through.timeout == .milliseconds(800) && through.sourcePort == nil && through.ttl == nil)
        #expect(tasks.compactMap(\.ttl) == Array(repeating: [1, 2, 3, 4], count: 4).flatMap { $0 })
        #expect(tasks.filter { $0.kind == .tcpConnect }.allSatisfy { $0.port == 443 })
    }

    @Test("the flows of a workload have source ports of their own, above the ephemeral ones")
    func distinctPorts() throws {
        let ports = ports(book(try PlanSample.topology()))
        #expect(ports.count == 4 && Set(ports.values).count == 4)
        #expect(ports.values.allSatisfy { $0 >= 61_000 })
    }

    @Test("the flows of all workloads of a link divide the interval evenly")
    func phases() throws {
        let workloads = [try PlanSample.spec("tcp://10.1.0.4:443", flows: 7), try PlanSample.spec("icmp://10.1.0.5")]
        let tasks = book(try PlanSample.topology(workloads: workloads)).tasks().filter { $0.ttl == nil }
        let phases = tasks.compactMap { $0.phase?.nanoseconds }.sorted()
        #expect(phases.count == 8 && phases.allSatisfy { (0..<1_000_000_000).contains($0) })
        #expect(Set(zip(phases, phases.dropFirst()).map { $1 - $0 }) == [125_000_000])
    }

    @Test("a flow keeps its phase when a reload adds others: its probes go on undisturbed")
    func phaseStays() throws {
        var book = book(try PlanSample.topology(workloads: [try PlanSample.spec("tcp://10.1.0.4:443", flows: 2)]))
        let former = Set(book.tasks().filter { $0.kind == .tcpConnect && $0.ttl == nil })
        let more = [try PlanSample.spec("tcp://10.1.0.4:443", flows: 5)]
        _ = book.adopt(ProbePlan(topology: try PlanSample.topology(workloads: more), hopEvidence: true))
        #expect(former.isSubset(of: Set(book.tasks())))
    }

    @Test("over any reloads a flow keeps its port and no two flows share one", arguments: 0..<10)
    func constantPorts(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var book = TaskBook(portSeed: UInt32.random(in: 0...UInt32.max, using: &generator))
        var known: [PlannedStream.Purpose: UInt16] = [:]
        for _ in 0..<100 {
            let flows = Int.random(in: 1...64, using: &generator)
            let second = try PlanSample.spec("stamp://10.1.0.5", flows: Int.random(in: 1...64, using: &generator))
            let workload = try PlanSample.spec("tcp://10.1.0.4:443", flows: flows)
            _ = book.adopt(ProbePlan(topology: try PlanSample.topology(workloads: [workload, second])))
            let now = ports(book)
            #expect(Set(now.values).count == now.count)
            for (purpose, port) in now { if let former = known[purpose] { #expect(former == port) } }
            known = now
        }
    }

    @Test("with more flows than ports those of one target still differ")
    func morePortsThanThereAre() throws {
        let targets = try (0..<100).map { try PlanSample.spec("tcp://10.2.0.\($0):1", flows: 64) }
        let book = book(Topology(site: SiteSpec(name: "s", vantage: "v")), targets: targets, seed: 4_000)
        let byTarget = Dictionary(grouping: ports(book)) { entry -> Target? in
            if case .probe(let key) = entry.key { key.target } else { nil }
        }
        #expect(byTarget.count == 100)
        for (_, flows) in byTarget { #expect(Set(flows.map(\.value)).count == 64) }
    }

    @Test("a stream whose name is not resolved has no task until it is")
    func names() throws {
        var book = book(try PlanSample.topology(through: "app.example"))
        #expect(book.names == ["app.example"])
        #expect(!book.tasks().contains { $0.kind == .icmpEcho && $0.destination == Self.v4 && $0.ttl == nil })
        book.resolved(NameState(name: "app.example", addresses: [Self.v4], failure: nil))
        #expect(book.tasks().count { $0.destination == Self.v4 && $0.kind == .icmpEcho && $0.ttl == nil } == 2)
    }

    @Test("a name that was followed for others, as a gateway is, has its address when a later plan has a stream of it")
    func followedBefore() throws {
        let gateway = IPAddress.v4(IPv4Address(192, 0, 2, 7))
        var topology = try PlanSample.topology()
        topology.paths[1].gateways = ["vpn.example"]
        var known = book(topology)
        known.resolved(NameState(name: "vpn.example", addresses: [gateway], failure: nil))
        var forgotten = known
        _ = known.adopt(ProbePlan(topology: topology), alsoFollowed: ["vpn.example"])
        _ = forgotten.adopt(ProbePlan(topology: topology))
        topology.paths[1].ike = .hint
        _ = known.adopt(ProbePlan(topology: topology), alsoFollowed: ["vpn.example"])
        _ = forgotten.adopt(ProbePlan(topology: topology))
        #expect(known.tasks().contains { $0.destination == gateway })
        #expect(!forgotten.tasks().contains { $0.destination == gateway })
    }

    @Test("a pinned source chooses among a name's addresses those of its family")
    func family() throws {
        var book = book(try PlanSample.topology(through: "app.example"))
        book.resolved(NameState(name: "app.example", addresses: [Self.v6, Self.v4], failure: nil))
        let pinned = try #require(
            book.tasks().first {
                $0.pin.source == PlanSample.vpnSource && $0.destination != .v4(IPv4Address(10, 1, 255, 30))
            }
        )
        #expect(pinned.destination == Self.v4)
        #expect(book.tasks().first { $0.pin.interface == "er0" && !$0.destination.isIPv4 }?.destination == Self.v6)
    }

    @Test("what resolved() gives back is what was known before")
    func former() throws {
        var book = book(try PlanSample.topology(through: "app.example"))
        let failed = NameState(name: "app.example", addresses: [], failure: .dnsTimeout)
        let first = book.resolved(failed)
        #expect(first == NameState(name: "app.example", addresses: [], failure: nil))
        let second = book.resolved(NameState(name: "app.example", addresses: [Self.v4], failure: nil))
        #expect(second == failed)
    }

    // MARK: Routers on the way

    /// The moments in which one hop is asked within so many seconds, and about whom.
    private func questions(_ book: TaskBook, ttl: UInt8, seconds: Int64) -> [(at: Double, host: String, flow: Int)] {
        book.tasks().flatMap { task -> [(at: Double, host: String, flow: Int)] in
            guard task.ttl == ttl, let phase = task.phase?.nanoseconds,
                case .hop(let question)? = book.index[task.id]?.purpose
            else { return [] }
            let times = stride(from: phase, to: seconds * 1_000_000_000, by: Int(task.interval.nanoseconds))
            return times.map { (Double($0) / 1e9, question.member.target.host, question.flow) }
        }
        .sorted { $0.at < $1.at }
    }

    @Test(
        "a hop is asked once a second, about each address in turn, and each time about the next of its flows",
        arguments: 1...4
    )
    func turns(ttl: Int) throws {
        let workloads = [try PlanSample.spec("tcp://10.1.0.4:443", flows: 3), try PlanSample.spec("icmp://10.1.0.5")]
        let asked = questions(book(try PlanSample.topology(workloads: workloads)), ttl: UInt8(ttl), seconds: 13)
        for (one, next) in zip(asked, asked.dropFirst()) {
            #expect(abs(next.at - one.at - 1) < 1e-6 && next.host != one.host)
        }
        let flows = asked.filter { $0.host == "10.1.0.4" }.map(\.flow)
        #expect(zip(flows, flows.dropFirst()).allSatisfy { $1 == ($0 + 1) % 3 } && Set(flows).count == 3)
    }

    @Test("many links share the second: each distance is asked once, about every link's addresses in turn")
    func sharedTurns() throws {
        var topology = try PlanSample.topology(workloads: [try PlanSample.spec("tcp://10.1.0.4:443", flows: 2)])
        topology.links = (0..<20).map { number in
            var link = topology.links[0]
            link.name = "link\(number)"
            // The last two have the same address.
            link.workloads[0].target.host = "10.\(min(number, 18)).0.4"
            return link
        }
        for ttl in UInt8(1)...4 {
            let asked = questions(book(topology), ttl: ttl, seconds: 76)
            #expect(asked.map(\.at) == (0..<76).map(Double.init))
            #expect((0..<57).allSatisfy { Set(asked[$0..<($0 + 19)].map(\.host)).count == 19 })
        }
    }

    @Test("the packets about one flow have one source port, and ask the distances one after the other")
    func flowOfHops() throws {
        let workloads = [try PlanSample.spec("tcp://10.1.0.4:443", flows: 3), try PlanSample.spec("icmp://10.1.0.5")]
        let tasks = book(try PlanSample.topology(workloads: workloads)).tasks().filter {
            $0.ttl != nil && $0.port != nil
        }
        let flows = Dictionary(grouping: tasks, by: \.sourcePort)
        #expect(flows.count == 3)
        for (_, flow) in flows {
            #expect(Set(flow.map(\.ttl)) == [1, 2, 3, 4] && Set(flow.map(\.phase)).count == 4)
            #expect(flow.allSatisfy { $0.timeout < .seconds(1) })
        }
        // In less than four seconds they would meet: each has a port of its own.
        let short = book(try PlanSample.topology(workloads: [try PlanSample.spec("tcp://10.1.0.4:443", flows: 3)]))
            .tasks()
        #expect(Set(short.filter { $0.ttl != nil }.map(\.sourcePort)).count == 12)
    }

    @Test("a name that does not resolve leaves its turn to the others, and takes it when it does")
    func turnOfName() throws {
        let workloads = [try PlanSample.spec("tcp://app.example:443"), try PlanSample.spec("icmp://10.1.0.5")]
        var book = book(try PlanSample.topology(workloads: workloads))
        #expect(questions(book, ttl: 1, seconds: 6).map(\.host) == Array(repeating: "10.1.0.5", count: 6))
        book.resolved(NameState(name: "app.example", addresses: [Self.v4], failure: nil))
        #expect(
            questions(book, ttl: 1, seconds: 4).map(\.host).sorted() == [
                "10.1.0.5", "10.1.0.5", "app.example", "app.example",
            ]
        )
    }

    // MARK: Names that do not resolve

    private func unresolvedBook(_ reason: Reason? = .dnsNXDomain, _ addresses: [IPAddress] = []) throws -> TaskBook {
        let spec = try PlanSample.spec("icmp://app.example", interval: .milliseconds(500))
        var book = book(Topology(site: SiteSpec(name: "s", vantage: "v")), targets: [spec])
        book.resolved(NameState(name: "app.example", addresses: addresses, failure: reason))
        return book
    }

    @Test("an unresolved name settles one failed probe an interval, numbered from 0")
    func unresolved() throws {
        var book = try unresolvedBook()
        var outcomes: [Outcome] = []
        for turn in 0..<100 { outcomes += book.unresolvedOutcomes(at: PlanSample.moment(Double(turn) * 0.1)) }
        #expect(outcomes.count == 20)
        #expect(outcomes.map(\.sequence) == Array(0..<20))
        #expect(outcomes.allSatisfy { $0.result == .failed(.dnsNXDomain) })
        #expect(outcomes.first?.detail?.message == "app.example does not resolve")
    }

    @Test("after a time without turns one probe is settled, not one for each missed interval")
    func noBurst() throws {
        var book = try unresolvedBook()
        _ = book.unresolvedOutcomes(at: PlanSample.moment(0))
        let afterPause = book.unresolvedOutcomes(at: PlanSample.moment(60))
        #expect(afterPause.count == 1)
        let soonAfter = book.unresolvedOutcomes(at: PlanSample.moment(60.1))
        #expect(soonAfter.isEmpty)
    }

    @Test("nothing is settled before the resolver has spoken, nor once the name resolves or is gone")
    func silent() throws {
        let spec = try PlanSample.spec("icmp://app.example")
        var fresh = book(Topology(site: SiteSpec(name: "s", vantage: "v")), targets: [spec])
        let early = fresh.unresolvedOutcomes(at: PlanSample.moment(0))
        #expect(early.isEmpty)
        var healed = try unresolvedBook()
        healed.resolved(NameState(name: "app.example", addresses: [Self.v4], failure: nil))
        let resolved = healed.unresolvedOutcomes(at: PlanSample.moment(0))
        #expect(resolved.isEmpty)
        var gone = try unresolvedBook()
        _ = gone.adopt(ProbePlan(topology: Topology(site: SiteSpec(name: "s", vantage: "v"))))
        let removed = gone.unresolvedOutcomes(at: PlanSample.moment(0))
        #expect(removed.isEmpty && gone.names.isEmpty)
    }

    @Test("while DNS is dead the last addresses are probed on")
    func deadDNS() throws {
        var book = try unresolvedBook(.dnsTimeout, [Self.v4])
        #expect(book.tasks().map(\.destination) == [Self.v4])
        let dead = book.unresolvedOutcomes(at: PlanSample.moment(0))
        #expect(dead.isEmpty)
    }

    @Test("a name without an address of the pinned source's family is a failure that says so")
    func wrongFamily() throws {
        var book = book(try PlanSample.topology(through: "app.example"))
        book.resolved(NameState(name: "app.example", addresses: [Self.v6], failure: nil))
        let outcomes = book.unresolvedOutcomes(at: PlanSample.moment(0))
        #expect(outcomes.map(\.result) == [.failed(.dnsError)])
        #expect(outcomes.first?.detail?.message == "app.example has no IPv4 address, which the source 10.0.0.9 needs")
    }

    // MARK: Routes

    @Test("the kernel is asked for each flow with its ports, and once for each pin that is no interface")
    func routes() throws {
        let book = book(try PlanSample.topology())
        let routes = book.watchedRoutes()
        let flows = routes.filter { if case .flow = $0.purpose { true } else { false } }
        #expect(flows.count == 4)
        #expect(Set(flows.compactMap { $0.question.flow?.sourcePort }) == Set(ports(book).values))
        #expect(flows.allSatisfy { $0.question.flow?.destinationPort == 443 && $0.question.flow?.ipProtocol == 6 })
        let pins = routes.filter { $0.purpose == .pin(PlanSample.tunnel) }
        #expect(pins.map(\.question.source) == [PlanSample.vpnSource])
        #expect(routes.count == 5)
    }
}
