/// netprobe's configuration in the lab; what a scenario varies is a property.
public struct SiteConfiguration: Sendable {
    /// Where netprobe stands.
    public enum Vantage: Sendable {
        /// On a host of the LAN with one interface: a pin is a source address, the customer edge does the rest.
        case probeHost
        /// On the customer edge itself: a pin is an interface.
        case customerEdge
    }

    public var vantage = Vantage.probeHost
    public var name = "probe-a"
    public var stateDirectory: String
    public var alertmanagers = ["http://127.0.0.1:9094"]
    public var through = ["icmp://10.1.0.4"]
    public var workloads = ["tcp://10.1.0.4:443", "icmp://10.1.0.5"]
    /// A second link to another VNet over the same circuit.
    public var hasSecondLink = false
    /// Further links to the same VNet, each with an address of its own there (`Lab.crowd`).
    public var moreLinks = 0
    /// A third link, to Microsoft's public services: by the same connections, and over the Internet when they fail. On the
    /// customer edge.
    public var hasPublicServices = false
    /// Another link with a tunnel alone, on the customer edge: by an interface `isp0` to 198.51.100.2.
    public var hasBranch = false
    public var interval = "100ms"
    public var timeout = "100ms"
    public var flows = 8
    /// Of so many flows all are hashed to the same of two connections once in 2,048 times; of eight, once in 128.
    public static let spreadFlows = 12
    public var upAfter = 3
    public var waitToRestore = "1s"
    public var outageBudget = "75s"
    public var failbackBudget = "15m"
    public var degradedLoss = "5%"
    /// Captured interfaces.
    public var capture: [String] = []
    public var bfd = "off"
    /// Alerts that wait by default, made to wait less.
    public var rules = [
        "RedundancyLost": "{for: 500ms}", "LinkDown": "{for: 500ms}", "FailedOver": "{for: 500ms}",
        "StandbyPathDown": "{for: 500ms}", "GatewayUnreachable": "{for: 500ms}", "WorkloadDown": "{for: 500ms}",
        "FlowsLost": "{for: 2s}", "AsymmetricPath": "{for: 500ms}", "PathDrained": "{for: 500ms}",
        "PathDegraded": "{for: 500ms}", "PathMTUReduced": "{for: 500ms}",
    ]

    public init(stateDirectory: String) {
        self.stateDirectory = stateDirectory
    }

    public var text: String {
        """
        schema: 1
        site: {name: seoul, vantage: \(name), references: [icmp://\(vantage == .probeHost ? "10.0.0.1" : "10.0.0.2")]}
        state_directory: \(stateDirectory)
        defaults: {interval: \(interval), timeout: \(timeout), flows: \(flows)}
        circuits:
          kr-er-01:
            provider: kt
            peering: private
            primary: {subnet: 172.16.0.0/30, pin: {\(pin("10.9.0.11", "er1", "172.16.0.2"))}}
            secondary: {subnet: 172.16.0.4/30, pin: {\(pin("10.9.0.12", "er2", "172.16.0.6"))}}
            bfd: \(bfd)
          \(hasPublicServices ? Self.microsoftPeering : "")
        vpns:
          kr-vpn:
            gateways: [203.0.113.20]
            pin: {\(pin("10.9.0.13", "ipsec0"))}
            edge: [icmp://10.1.255.30]
          \(hasBranch ? "branch-vpn: {gateways: [198.51.100.2], pin: {interface: isp0}, edge: [icmp://198.51.100.2]}" : "")
        \(hasPublicServices ? "internet: {pin: {interface: wan, next_hop: 203.0.113.20}}" : "")
        links:
          - name: seoul-koreacentral
            peering: private
            tiers: [[kr-er-01/primary, kr-er-01/secondary], [kr-vpn]]
            through: \(list(through))
            workloads: \(list(workloads))
            detection:
              down_after: 3
              up_after: \(upAfter)
              wait_to_restore: \(waitToRestore)
              degraded_loss: \(degradedLoss)
              outage_budget: \(outageBudget)
              failback_budget: \(failbackBudget)
        \(hasSecondLink ? Self.secondLink : "")
        \(Lab.crowd.prefix(moreLinks).map(another).joined(separator: "\n"))
        \(hasPublicServices ? Self.publicServices : "")
        \(hasBranch ? Self.branch : "")
        capture: {interfaces: \(list(capture))}
        alerting:
          alertmanagers: \(list(alertmanagers))
          rules: {\(rules.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}

        """
    }

    private static let secondLink = """
          - name: seoul-koreasouth
            peering: private
            tiers: [[kr-er-01/primary, kr-er-01/secondary]]
            through: [icmp://10.2.0.4]
            workloads: [icmp://10.2.0.4]
            detection: {down_after: 3, up_after: 3, wait_to_restore: 1s}
        """

    private func another(to address: String) -> String {
        """
          - name: seoul-\(address)
            peering: private
            tiers: [[kr-er-01/primary, kr-er-01/secondary], [kr-vpn]]
            through: [icmp://\(address)]
            workloads: [tcp://\(address):443]
            detection: {down_after: 3, up_after: \(upAfter), wait_to_restore: \(waitToRestore)}
        """
    }

    private static let microsoftPeering =
        "kr-ms-01: {peering: microsoft, "
        + "primary: {subnet: 172.16.1.0/30, pin: {interface: er1, next_hop: 172.16.1.2}}, "
        + "secondary: {subnet: 172.16.1.4/30, pin: {interface: er2, next_hop: 172.16.1.6}}}"

    private static let publicServices = """
          - name: seoul-microsoft
            peering: microsoft
            tiers: [[kr-ms-01/primary, kr-ms-01/secondary], [internet]]
            through: [icmp://13.107.6.10]
            workloads: [tcp://13.107.6.10:443]
            detection: {down_after: 3, up_after: 3, wait_to_restore: 1s}
        """

    private static let branch = """
          - name: seoul-branch
            peering: private
            tiers: [[branch-vpn]]
            through: [icmp://198.51.100.2]
            workloads: [icmp://198.51.100.2]
            detection: {down_after: 3, up_after: 3, wait_to_restore: 1s}
        """

    /// On the edge a pin keeps its way when routing prefers another: hence the next hop.
    private func pin(_ source: String, _ interface: String, _ nextHop: String? = nil) -> String {
        switch vantage {
        case .probeHost: "source: \(source), returns: true"
        case .customerEdge: "interface: \(interface)" + (nextHop.map { ", next_hop: \($0)" } ?? "")
        }
    }

    private func list(_ items: [String]) -> String { "[\(items.joined(separator: ", "))]" }
}
