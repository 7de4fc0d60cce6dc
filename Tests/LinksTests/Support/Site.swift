import Links
import Model
import Wire

/// Seconds since the start of a test as a moment.
func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64((seconds * 1e9).rounded())) }

func target(_ text: String) -> Target {
    guard let target = try? Target(parsing: text) else { return Target(scheme: .icmp, host: "invalid") }
    return target
}

/// The site of the tests: a circuit with two connections, a VPN as backup, one VNet.
enum Site {
    static let primary = PathID(circuit: "er", connection: .primary)
    static let secondary = PathID(circuit: "er", connection: .secondary)
    static let vpn = PathID(rawValue: "vpn")
    static let link = "seoul"
    static let service = target("tcp://10.1.0.4:443")
    static let host = target("icmp://10.1.0.5")
    static let through = target("icmp://10.1.0.4")
    static let edges = [primary: target("icmp://172.16.0.2"), secondary: target("icmp://172.16.0.6")]
    static let vpnEdge = target("icmp://10.1.255.30")
    /// What routers of a path answer from.
    static let hopEdges = [
        primary: IPAddress("172.16.0.2"), secondary: IPAddress("172.16.0.6"), vpn: IPAddress("10.1.255.30"),
    ].compactMapValues { $0 }
    static let router = target("icmp://10.0.0.1")
    static let resolver = target("tcp://10.0.0.53:53")

    /// How the tests vary the site.
    struct Options: Sendable {
        var interval: Duration = .milliseconds(100)
        var timeout: Duration = .milliseconds(100)
        var flows = 8
        var hasVPN = true
        var hasThrough = true
        var hasEdges = true
        var hasVPNEdge = true
        var hasReferences = true
        var hasSecondVNet = false
        var vpnReturns = true
        var bfd = PathSpec.BFDMode.off
        var detection = Detection()
    }

    /// Many links over the circuit, each to a VNet of its own, with so many workloads.
    static func topology(links: Int, workloads: Int = 1, _ options: Options = Options()) -> Topology {
        var topology = topology(options)
        topology.links = (0..<links).map { number in
            var link = topology.links[0]
            let net = "10.\(10 + number).0"
            link.name = "link\(number)"
            link.through = link.through.map {
                ProbeSpec(target: target("icmp://\(net).4"), interval: $0.interval, timeout: $0.timeout)
            }
            link.workloads = (0..<workloads).map {
                let address = target("tcp://\(net).\(4 + $0):443")
                return ProbeSpec(
                    target: address,
                    interval: options.interval,
                    timeout: options.timeout,
                    flows: options.flows
                )
            }
            return link
        }
        return topology
    }

    static func topology(_ options: Options = Options()) -> Topology {
        func spec(_ target: Target, flows: Int = 1) -> ProbeSpec {
            ProbeSpec(target: target, interval: options.interval, timeout: options.timeout, flows: flows)
        }
        func connection(_ connection: Connection, _ subnet: String, _ interface: String) -> PathSpec {
            let id = PathID(circuit: "er", connection: connection)
            return PathSpec(
                id: id,
                kind: .expressroute,
                circuit: "er",
                connection: connection,
                provider: "kt",
                peering: .private,
                subnet: Subnet(subnet),
                pin: Pin(interface: interface, returns: true),
                edge: options.hasEdges ? edges[id].map { [spec($0)] } ?? [] : [],
                bfd: options.bfd
            )
        }
        var paths = [connection(.primary, "172.16.0.0/30", "eth1"), connection(.secondary, "172.16.0.4/30", "eth2")]
        var tiers = [[primary, secondary]]
        if options.hasVPN {
            paths.append(
                PathSpec(
                    id: vpn,
                    kind: .vpn,
                    peering: .private,
                    gateways: ["20.41.0.10"],
                    pin: Pin(interface: "ipsec0", returns: options.vpnReturns),
                    edge: options.hasVPNEdge ? [spec(vpnEdge)] : []
                )
            )
            tiers.append([vpn])
        }
        func link(_ name: String, _ net: String) -> LinkSpec {
            LinkSpec(
                name: name,
                peering: .private,
                tiers: tiers,
                through: options.hasThrough ? [spec(target("icmp://\(net).0.4"))] : [],
                workloads: [
                    spec(target("tcp://\(net).0.4:443"), flows: options.flows), spec(target("icmp://\(net).0.5")),
                ],
                detection: options.detection
            )
        }
        let references = options.hasReferences ? [spec(router), spec(resolver)] : []
        return Topology(
            site: SiteSpec(name: "seoul", vantage: "probe-a", references: references),
            paths: paths,
            links: [link(Self.link, "10.1")] + (options.hasSecondVNet ? [link("busan", "10.2")] : [])
        )
    }

    /// What the kernel says when the traffic takes a path.
    static func route(over path: PathID) -> RouteObservation {
        let verdict: RouteObservation.Verdict =
            switch path {
            case primary: .route(interface: "eth1", gateway: IPAddress("172.16.0.2"), source: IPAddress("172.16.0.1"))
            case secondary: .route(interface: "eth2", gateway: IPAddress("172.16.0.6"), source: IPAddress("172.16.0.5"))
            default: .route(interface: "ipsec0", gateway: nil, source: IPAddress("10.9.0.1"))
            }
        return RouteObservation(verdict: verdict, neighbour: .reachable, mtu: 1500)
    }

    /// On a host behind a router every packet leaves alike.
    static let routeBehindRouter = RouteObservation(
        verdict: .route(interface: "eth0", gateway: IPAddress("10.0.0.1"), source: IPAddress("10.0.0.20")),
        neighbour: .reachable
    )

    static let interfaces = [primary: "eth1", secondary: "eth2", vpn: "ipsec0"]
}
