import Glibc
import Model
import TestSupport

/// A network, a receiver of alerts, a state folder and a netprobe that watches: what most scenarios start from.
final class Scenario {
    static let link = "seoul-koreacentral"

    let network: HybridNetwork
    let folder: TemporaryFolder
    let receiver: AlertReceiver
    private let service: TCPListener
    private(set) var netprobe: RunningNetprobe
    private let configurationFile: String

    /// Builds everything, runs `body` when the link is protected, and removes everything whatever happens. When something
    /// is thrown, the log of netprobe comes with it.
    static func run(
        _ change: (inout LabConfiguration) -> Void = { _ in },
        _ body: (Scenario) throws -> Void
    ) throws {
        try prepared(change) { scenario in
            try scenario.netprobe.waitUntilReady()
            try scenario.netprobe.waitUntilLink(is: "protected")
            try body(scenario)
        }
    }

    /// As `run`, without waiting for anything.
    static func prepared(
        wrapper: [String] = [],
        before: (HybridNetwork, TemporaryFolder) throws -> Void = { _, _ in },
        _ change: (inout LabConfiguration) -> Void = { _ in },
        _ body: (Scenario) throws -> Void
    ) throws {
        let scenario = try Scenario(wrapper: wrapper, before: before, change)
        defer { scenario.remove() }
        do {
            try body(scenario)
        } catch {
            throw Failed(description: "\(error)\n--- log of netprobe ---\n\(scenario.netprobe.log.suffix(6000))")
        }
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private init(
        wrapper: [String],
        before: (HybridNetwork, TemporaryFolder) throws -> Void,
        _ change: (inout LabConfiguration) -> Void
    ) throws {
        network = try HybridNetwork()
        do {
            folder = try TemporaryFolder()
            chmod(folder.path, 0o777)
            receiver = try AlertReceiver(inside: network.host, port: 9093)
            service = try TCPListener(inside: network.vnet, port: 443)
            var configuration = LabConfiguration(stateDirectory: "\(folder.path)/state")
            change(&configuration)
            configurationFile = try folder.write("netprobe.yml", configuration.text)
            try before(network, folder)
            netprobe = try RunningNetprobe(["--config", configurationFile], inside: network.host, wrapper: wrapper)
        } catch {
            network.remove()
            throw error
        }
    }

    /// Starts netprobe anew on the same files; the one before must have ended.
    func startAgain() throws {
        netprobe = try RunningNetprobe(["--config", configurationFile], inside: network.host)
        try netprobe.waitUntilReady()
    }

    /// Writes the configuration anew; the running netprobe does not know yet.
    func rewriteConfiguration(_ text: String) throws {
        try folder.write("netprobe.yml", text)
    }

    func configuration(_ change: (inout LabConfiguration) -> Void = { _ in }) -> String {
        var configuration = LabConfiguration(stateDirectory: "\(folder.path)/state")
        change(&configuration)
        return configuration.text
    }

    private func remove() {
        netprobe.process.destroy()
        receiver.stop()
        service.stop()
        network.remove()
        folder.remove()
    }
}
