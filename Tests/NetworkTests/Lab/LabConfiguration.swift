/// The configuration of `HybridNetwork`, with quick probes; what a scenario varies is a property.
struct LabConfiguration {
    var stateDirectory: String
    var alertmanagers = ["http://127.0.0.1:9093"]
    var references = ["icmp://10.0.0.1"]
    var through = ["icmp://10.1.0.4"]
    var workloads = ["tcp://10.1.0.4:443", "icmp://10.1.0.5"]
    var vpnPin = "{interface: vpn0, returns: true}"
    var outageBudget = "75s"
    var interval = "100ms"
    var timeout = "100ms"
    /// Alerts that wait by default, made to wait less.
    var rules = [
        "RedundancyLost": "{for: 500ms}", "LinkDown": "{for: 1s}", "FailedOver": "{for: 0s}",
        "StandbyPathDown": "{for: 500ms}", "GatewayUnreachable": "{for: 1s}", "WorkloadDown": "{for: 1s}",
    ]
    /// Further sections.
    var more = ""

    var text: String {
        """
        schema: 1
        site: {name: seoul, vantage: probe-a, references: \(list(references))}
        state_directory: \(stateDirectory)
        defaults: {interval: \(interval), timeout: \(timeout), flows: 4}
        circuits:
          kr-er-01:
            provider: kt
            peering: private
            primary: {subnet: 172.16.0.0/30, pin: {source: 10.9.0.11, returns: true}}
            secondary: {subnet: 172.16.0.4/30, pin: {source: 10.9.0.12, returns: true}}
        vpns:
          kr-vpn:
            gateways: [10.254.0.2]
            pin: \(vpnPin)
            edge: [icmp://10.1.255.30]
            ike: off
        links:
          - name: seoul-koreacentral
            peering: private
            tiers: [[kr-er-01/primary, kr-er-01/secondary], [kr-vpn]]
            through: \(list(through))
            workloads: \(list(workloads))
            detection:
              down_after: 3
              up_after: 3
              wait_to_restore: 1s
              outage_budget: \(outageBudget)
        alerting:
          alertmanagers: \(list(alertmanagers))
          rules: {\(rules.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}
        \(more)

        """
    }

    private func list(_ items: [String]) -> String { "[\(items.joined(separator: ", "))]" }
}
