import Model
import Probing
import Scheduling
import Testing

@Suite("What is probed")
struct ProbePlanTests {
    private func keys(_ plan: ProbePlan) -> [String] {
        plan.streams.compactMap(\.key).map {
            "\($0.role.rawValue) \($0.link)|\($0.path) \($0.target) #\($0.flow)"
        }
    }

    @Test("references, edges, a through probe for each path, every flow of each workload")
    func whole() throws {
        let plan = ProbePlan(topology: try PlanSample.topology(), targets: [try PlanSample.spec("tcp://192.0.2.7:22")])
        #expect(
            keys(plan) == [
                "reference | icmp://10.0.0.1 #0",
                "edge |er/primary icmp://172.16.0.2 #0",
                "edge |vpn icmp://10.1.255.30 #0",
                "through office|er/primary icmp://10.1.0.4 #0",
                "through office|vpn icmp://10.1.0.4 #0",
                "workload office| tcp://10.1.0.4:443 #0",
                "workload office| tcp://10.1.0.4:443 #1",
                "workload office| tcp://10.1.0.4:443 #2",
                "workload office| tcp://10.1.0.4:443 #3",
                "target | tcp://192.0.2.7:22 #0",
            ]
        )
    }

    @Test("edges and through probes leave by their path's pin, workloads by the host's route")
    func pins() throws {
        let plan = ProbePlan(topology: try PlanSample.topology())
        for stream in plan.streams {
            guard let key = stream.key else { continue }
            switch key.path {
            case "er/primary": #expect(stream.pin.interface == "er0")
            case "vpn": #expect(stream.pin.source == PlanSample.vpnSource)
            default: #expect(stream.pin == .none)
            }
        }
    }

    @Test("a gateway is asked by IKE seldom and beside its own tunnel, only where the VPN says so")
    func ike() throws {
        let off = ProbePlan(topology: try PlanSample.topology())
        #expect(!off.streams.contains { $0.target.scheme == .ike })
        let on = ProbePlan(topology: try PlanSample.topology(ike: .hint))
        let asked = on.streams.filter { $0.target.scheme == .ike }
        #expect(asked.map(\.target.host) == ["192.0.2.1"])
        #expect(asked.allSatisfy { $0.interval >= .seconds(10) && $0.pin == .none && $0.key?.role == .edge })
    }

    @Test("the same probe is planned once")
    func once() throws {
        let spec = try PlanSample.spec("tcp://10.1.0.4:443", flows: 2)
        let plan = ProbePlan(topology: try PlanSample.topology(workloads: [spec, spec]), targets: [spec, spec])
        let purposes = plan.streams.map(\.purpose)
        #expect(Set(purposes).count == purposes.count)
    }

    @Test("a target whose scheme has no probe has no stream and is named once")
    func withoutProbe() throws {
        let bfd = try PlanSample.spec("bfd://10.1.0.53")
        let plan = ProbePlan(topology: try PlanSample.topology(workloads: [bfd, bfd]))
        #expect(plan.withoutProbe == [bfd.target])
        #expect(!plan.streams.contains { $0.target == bfd.target })
    }

    private func hops(_ plan: ProbePlan) -> [HopQuestion] {
        plan.streams.compactMap { if case .hop(let question) = $0.purpose { question } else { nil } }
    }

    @Test("routers on the way are asked only on demand, with small hop limits towards workloads over a circuit")
    func hops() throws {
        let topology = try PlanSample.topology(workloads: [try PlanSample.spec("icmp://10.1.0.4")])
        #expect(hops(ProbePlan(topology: topology)).isEmpty)
        #expect(hops(ProbePlan(topology: topology, hopEvidence: true)).map(\.ttl) == [1, 2, 3, 4])
        var vpnOnly = topology
        vpnOnly.links[0].tiers = [[PlanSample.tunnel]]
        #expect(hops(ProbePlan(topology: vpnOnly, hopEvidence: true)).isEmpty)
    }

    @Test("they are asked about every workload, by packets like its own: a balancing router sees its flows")
    func hopsOfAll() throws {
        let workloads = try ["https://app.example", "stamp://10.1.0.5", "icmp://10.1.0.6"].map {
            try PlanSample.spec($0, flows: 3)
        }
        let plan = ProbePlan(topology: try PlanSample.topology(workloads: workloads), hopEvidence: true)
        let first = plan.streams.filter { if case .hop(let question) = $0.purpose { question.ttl == 2 } else { false } }
        #expect(
            first.map(\.target.description) == Array(repeating: "tcp://app.example:443", count: 3)
                + Array(repeating: "stamp://10.1.0.5", count: 3) + ["icmp://10.1.0.6"]
        )
        #expect(first.allSatisfy { $0.question == nil && $0.pin == .none })
    }

    @Test("of a link with many addresses the first eight are asked about, and the rest is counted")
    func manyHops() throws {
        let workloads = try (1...20).flatMap { number in
            try ["tcp://10.1.0.\(number):443", "icmp://10.1.0.\(number)"].map { try PlanSample.spec($0, flows: 8) }
        }
        let plan = ProbePlan(topology: try PlanSample.topology(workloads: workloads), hopEvidence: true)
        #expect(Set(hops(plan).map(\.member.target.host)) == Set((1...8).map { "10.1.0.\($0)" }))
        #expect(hops(plan).count == 8 * 2 * 4, "each flow within sixteen rounds")
        #expect(plan.withoutHops == ["office": 12])
    }

    @Test(
        "each scheme has its probe, or none",
        arguments: [
            ("icmp://10.0.0.1", .icmpEcho), ("tcp://10.0.0.1:1", .tcpConnect), ("stamp://10.0.0.1", .stamp),
            ("ike://10.0.0.1", .ike(nonESPMarker: false)), ("ike://10.0.0.1:4500", .ike(nonESPMarker: true)),
            ("https://10.0.0.1", nil), ("dns://10.0.0.1/a", nil), ("udp://10.0.0.1:9", nil),
        ] as [(String, ProbeKind?)]
    )
    func kinds(target: String, kind: ProbeKind?) throws {
        let parsed = try Target(parsing: target)
        #expect(ProbePlan.kind(of: parsed) == kind)
        let isAsked = kind != nil || parsed.scheme == .https || parsed.scheme == .dns
        #expect(ProbePlan.supported.contains(parsed.scheme) == isAsked)
        #expect(parsed.scheme.hasProbe == isAsked)
    }

    @Test(
        "a scheme has a probe where its targets are asked by packets or by a request",
        arguments: Target.Scheme.allCases
    )
    func probed(scheme: Target.Scheme) {
        // A question stands in the path of a DNS target.
        let target = Target(scheme: scheme, host: "localhost", path: scheme == .dns ? "/localhost" : "")
        let isAsked = ProbePlan.kind(of: target) != nil || RequestQuestion(target) != nil
        #expect(scheme.hasProbe == isAsked && ProbePlan.supported.contains(scheme) == isAsked)
    }
}
