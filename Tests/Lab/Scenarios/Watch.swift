import Glibc
import LabNetwork
import Model
import TestSupport

/// A netprobe that watches the lab, and a receiver of its alerts.
final class Watch {
    static let link = "seoul-koreacentral"

    let lab: Lab
    let folder: TemporaryFolder
    let receiver: AlertReceiver
    private let service: TCPListener
    private let configuration: SiteConfiguration
    private(set) var netprobe: RunningNetprobe

    /// Takes the whole lab, starts netprobe, and runs `body` when the link is protected. What is thrown comes with the log.
    static func run(_ change: (inout SiteConfiguration) -> Void = { _ in }, _ body: (Watch) throws -> Void) throws {
        let lab = try SharedLab.whole()
        let watch = try Watch(lab, change)
        defer { watch.remove() }
        do {
            try watch.netprobe.waitUntilReady()
            try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(10))
            try body(watch)
        } catch {
            throw Failed(description: "\(error)\n--- log of netprobe ---\n\(watch.netprobe.log.suffix(8000))")
        }
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private init(_ lab: Lab, _ change: (inout SiteConfiguration) -> Void) throws {
        self.lab = lab
        folder = try TemporaryFolder()
        var configuration = SiteConfiguration(stateDirectory: "\(folder.path)/state")
        change(&configuration)
        self.configuration = configuration
        let home = Self.home(of: configuration)
        receiver = try AlertReceiver(inside: home, port: 9094)
        service = try TCPListener(inside: lab.namespace(.vnet), port: 443)
        let file = try folder.write("netprobe.yml", configuration.text)
        netprobe = try RunningNetprobe(["--config", file], inside: home)
    }

    /// Starts netprobe anew on the same files; the one before must have ended.
    func startAgain() throws {
        netprobe = try RunningNetprobe(
            ["--config", "\(folder.path)/netprobe.yml"],
            inside: Self.home(of: configuration)
        )
        try netprobe.waitUntilReady()
    }

    /// Writes the configuration anew; the running netprobe does not know yet.
    func rewriteConfiguration(_ text: String) throws {
        try folder.write("netprobe.yml", text)
    }

    private static func home(of configuration: SiteConfiguration) -> Namespace {
        Lab.namespace(configuration.vantage == .probeHost ? .probe : .edge)
    }

    private func remove() {
        netprobe.process.destroy()
        receiver.stop()
        service.stop()
        folder.remove()
    }
}
