import LabNetwork
import TestSupport

/// A netprobe on the probe host and the Alertmanager that it tells, for one measurement.
enum LabWatch {
    /// Runs `body` when every link is protected.
    static func run<Result>(
        _ lab: Lab,
        _ change: (inout SiteConfiguration) -> Void = { _ in },
        _ body: (RunningNetprobe, Alertmanager) throws -> Result
    ) throws -> Result {
        let probe = lab.namespace(.probe)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let alertmanager = try Alertmanager(inside: probe, port: 9093)
        defer { alertmanager.end() }
        let service = try TCPListener(inside: lab.namespace(.vnet), port: 443)
        defer { service.stop() }
        var configuration = SiteConfiguration(stateDirectory: "\(folder.path)/state")
        configuration.alertmanagers = ["http://127.0.0.1:9093"]
        change(&configuration)
        let file = try folder.write("netprobe.yml", configuration.text)
        let netprobe = try RunningNetprobe(["--config", file], inside: probe)
        defer { netprobe.process.destroy() }
        try netprobe.waitUntilReady()
        try netprobe.waitUntil("every link is protected", within: .seconds(30)) {
            let links = $0.all("netprobe_link_state", ["state": "protected"])
            return !links.isEmpty && links.allSatisfy { $0.value == 1 }
        }
        return try body(netprobe, alertmanager)
    }
}
