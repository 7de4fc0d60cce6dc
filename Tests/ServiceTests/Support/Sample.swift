import Links
import Model
import Wire

@testable import Service

/// A circuit with two connections and a VPN, one link over all.
enum Sample {
    static let primary = PathID(circuit: "kr-er-01", connection: .primary)
    static let secondary = PathID(circuit: "kr-er-01", connection: .secondary)
    static let tunnel = PathID(rawValue: "kr-vpn")
    static let workload = Target(scheme: .tcp, host: "10.1.0.4", port: 443)
    static let behind = Target(scheme: .icmp, host: "10.1.0.5")

    /// A moment so many seconds after a fixed start of both clocks.
    static func clock(_ seconds: Double) -> ClockReading {
        let nanoseconds = Int64(seconds * 1e9)
        return ClockReading(
            monotonic: MonotonicTime(nanoseconds: 1_000_000_000_000 + nanoseconds),
            wall: WallTime(nanoseconds: 1_796_000_000_000_000_000 + nanoseconds)
        )
    }

    static func topology(workloads: [Target] = [workload], through: Target = behind, flows: Int = 2) -> Topology {
        let connections = [Connection.primary, .secondary].map { connection in
            PathSpec(
                id: PathID(circuit: "kr-er-01", connection: connection),
                kind: .expressroute,
                circuit: "kr-er-01",
                connection: connection,
                provider: "kt",
                peering: .private,
                subnet: Subnet(connection == .primary ? "172.16.0.0/30" : "172.16.0.4/30"),
                pin: Pin(interface: connection == .primary ? "er0" : "er1")
            )
        }
        let vpn = PathSpec(id: tunnel, kind: .vpn, peering: .private, pin: Pin(interface: "vpn0"))
        let link = LinkSpec(
            name: "seoul-koreacentral",
            peering: .private,
            tiers: [[primary, secondary], [tunnel]],
            through: [ProbeSpec(target: through)],
            workloads: workloads.map { ProbeSpec(target: $0, flows: flows) }
        )
        let reference = ProbeSpec(target: Target(scheme: .icmp, host: "10.0.0.1"))
        return Topology(
            site: SiteSpec(name: "seoul", vantage: "probe-a", references: [reference]),
            paths: connections + [vpn],
            links: [link]
        )
    }
}
