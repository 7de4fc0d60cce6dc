import Alerting
import Document
import Glibc
import Logging
import Model
import Probing
import Settings
import Web

/// What a start or a reload needs to know, read and checked.
struct ProgramSettings: Sendable {
    var settings: RunSettings
    var address: ListenAddress
    /// A folder that goes with the program; nil where the state stays.
    var temporaryState: String?

    /// - Throws: `StartFailure` with every mistake of the file at once.
    static func load(_ options: ServeOptions, demo: DemoNetwork?, logger: Logger) throws(StartFailure) -> Self {
        var loaded: Self
        switch options.source {
        case .demo:
            guard let demo else { throw StartFailure("the demo has no network", status: 1) }
            loaded = try ofDemo(demo)
        case .file(let path):
            loaded = try ofFile(path, logger: logger)
        }
        guard let listen = options.listen else { return loaded }
        do throws(ListenError) {
            loaded.address = try ListenAddress(parsing: listen)
        } catch {
            throw StartFailure("--listen: \(error)", status: 64)
        }
        return loaded
    }

    private static func ofFile(_ path: String, logger: Logger) throws(StartFailure) -> Self {
        let result = Configuration.load(path: path, environment: ProcessEnvironment.read(), host: SystemHost())
        guard let configuration = result.configuration else {
            throw StartFailure(lines: result.diagnostics.map(\.description), status: 65)
        }
        for diagnostic in result.diagnostics { logger.warning("\(diagnostic)") }
        let listen = configuration.server.listen
        return Self(
            settings: RunSettings(configuration),
            address: ListenAddress(host: listen.host, port: listen.port),
            temporaryState: nil
        )
    }

    private static func ofDemo(_ demo: DemoNetwork) throws(StartFailure) -> Self {
        guard let folder = TemporaryFolder.make() else {
            throw StartFailure("cannot make a temporary folder for the demo's state", status: 1)
        }
        let alerts = AlertSettings(topology: demo.topology, rules: demoRules, stateDirectory: folder)
        let text = "# netprobe serve --demo: an embedded network; there is no configuration file\n"
        return Self(
            settings: RunSettings(topology: demo.topology, alerts: alerts, text: text),
            address: .standard,
            temporaryState: folder
        )
    }

    /// A cycle of 40 s shows everything only when nothing waits as long as in the field.
    private static let demoRules: [AlertName: AlertRuleOverride] = [
        .failedOver: AlertRuleOverride(holdFor: .seconds(1)),
        .linkDown: AlertRuleOverride(holdFor: .seconds(1)),
    ]
}

/// A folder of this program alone.
enum TemporaryFolder {
    static func make() -> String? {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/netprobe-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the folder with its files; it has no folders inside.
    static func remove(_ path: String) {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }
}
