import Model
import Scheduling
import Wire

/// A circuit and a VPN, one link over both.
enum PlanSample {
    static let primary = PathID(circuit: "er", connection: .primary)
    static let tunnel = PathID(rawValue: "vpn")
    static let vpnSource = IPAddress.v4(IPv4Address(10, 0, 0, 9))

    static func spec(_ text: String, flows: Int = 1, interval: Duration = .seconds(1)) throws -> ProbeSpec {
        ProbeSpec(target: try Target(parsing: text), interval: interval, flows: flows)
    }

    static func topology(
        workloads: [ProbeSpec]? = nil,
        through: String = "10.1.0.4",
        ike: PathSpec.IKEMode = .off
    ) throws -> Topology {
        let subnet = Subnet("172.16.0.0/30")
        let circuit = PathSpec(
            id: primary,
            kind: .expressroute,
            circuit: "er",
            connection: .primary,
            peering: .private,
            subnet: subnet,
            pin: Pin(interface: "er0"),
            edge: [try spec("icmp://172.16.0.2")]
        )
        let vpn = PathSpec(
            id: tunnel,
            kind: .vpn,
            peering: .private,
            gateways: ["192.0.2.1"],
            pin: Pin(source: vpnSource),
            edge: [try spec("icmp://10.1.255.30")],
            ike: ike
        )
        let link = LinkSpec(
            name: "office",
            peering: .private,
            tiers: [[primary], [tunnel]],
            through: [try spec(through)],
            workloads: try workloads ?? [spec("tcp://10.1.0.4:443", flows: 4)]
        )
        let site = SiteSpec(name: "seoul", vantage: "a", references: [try spec("10.0.0.1")])
        return Topology(site: site, paths: [circuit, vpn], links: [link])
    }

    static func moment(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: 1_000_000_000_000 + Int64(seconds * 1e9))
    }
}
