import Model
import Testing
import Wire

@Suite("Turns of the links at the routers on the way")
struct HopRoundsTests {
    private static let primary = PathID(circuit: "er", connection: .primary)

    private static func topology(_ links: [[(target: String, flows: Int)]], subnet: String? = "172.16.0.0/30") throws
        -> Topology
    {
        let path = PathSpec(
            id: primary,
            kind: .expressroute,
            circuit: "er",
            connection: .primary,
            peering: .private,
            subnet: subnet.flatMap { Subnet($0) }
        )
        let specs = try links.enumerated().map { number, workloads in
            LinkSpec(
                name: "link\(number)",
                peering: .private,
                tiers: [[primary]],
                workloads: try workloads.map { ProbeSpec(target: try Target(parsing: $0.target), flows: $0.flows) }
            )
        }
        return Topology(site: SiteSpec(name: "s", vantage: "v"), paths: [path], links: specs)
    }

    @Test("the first address of each link has its turn before the second of any")
    func order() throws {
        let rounds = HopRounds(
            of: try Self.topology([
                [("tcp://10.0.0.4:443", 2), ("icmp://10.0.0.5", 8)], [("https://10.1.0.4", 2), ("icmp://10.1.0.5", 1)],
                [("icmp://10.2.0.4", 1)],
            ])
        )
        #expect(
            rounds.members.map(\.target.description) == [
                "tcp://10.0.0.4:443", "tcp://10.1.0.4:443", "icmp://10.2.0.4", "icmp://10.0.0.5", "icmp://10.1.0.5",
            ]
        )
        #expect(rounds.members.map(\.flows) == [2, 2, 1, 1, 1] && rounds.round == .seconds(5))
        #expect(["link0", "link1", "link2"].map(rounds.gap) == [.seconds(3), .seconds(3), .seconds(5)])
        #expect(rounds.period(of: rounds.members[0].target) == .seconds(10))
    }

    @Test("links that ask the same have one turn, with as many flows as the one that has most")
    func shared() throws {
        let rounds = HopRounds(
            of: try Self.topology([[("tls://10.0.0.4:443", 2)], [("tcp://10.0.0.4:443", 5)], [("icmp://10.0.0.4", 1)]])
        )
        #expect(rounds.members.map(\.target.description) == ["tcp://10.0.0.4:443", "icmp://10.0.0.4"])
        #expect(rounds.members.map(\.flows) == [5, 1])
        #expect(
            rounds.question(for: try Target(parsing: "tls://10.0.0.4:443"), of: "link0") == rounds.members[0].target
        )
        #expect(rounds.question(for: try Target(parsing: "tls://10.0.0.4:443"), of: "link1") == nil)
    }

    @Test(
        "a round over all flows takes at most 16 s for one link, 64 s for many; beyond, each address has one flow",
        arguments: [(1, 1, 8), (1, 2, 8), (1, 8, 2), (8, 1, 8), (20, 1, 3), (20, 2, 1), (100, 1, 1)]
    )
    func flows(links: Int, addresses: Int, flows: Int) throws {
        let rounds = HopRounds(
            of: try Self.topology((0..<links).map { link in (0..<addresses).map { ("tcp://10.\(link).0.\($0):1", 8) } })
        )
        #expect(rounds.members.count == links * addresses && Set(rounds.members.map(\.flows)) == [flows])
    }

    @Test("without a circuit's subnet there is nothing to tell the connections apart by: nobody is asked")
    func withoutSubnet() throws {
        let rounds = HopRounds(of: try Self.topology([[("tcp://10.0.0.4:443", 2)]], subnet: nil))
        #expect(rounds.members.isEmpty && rounds.gap(of: "link0") == nil)
    }
}
