import Alerting
import Document
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
        let listen = try listenAddress(options)
        var loaded: Self
        switch options.source {
        case .demo:
            guard let demo else { throw StartFailure("the demo has no network", status: 1) }
            loaded = try ofDemo(demo)
        case .file(let path):
            loaded = try ofFile(path, logger: logger)
        }
        if let listen { loaded.address = listen }
        return loaded
    }

    /// What the command line says; nil when it says nothing.
    private static func listenAddress(_ options: ServeOptions) throws(StartFailure) -> ListenAddress? {
        guard let listen = options.listen else { return nil }
        do throws(ListenError) {
            return try ListenAddress(parsing: listen)
        } catch {
            throw StartFailure("--listen: \(error)", status: 64)
        }
    }

    private static func errors(_ diagnostics: [Diagnostic]) -> [String] {
        diagnostics.filter { $0.severity == .error }.map(\.logged)
    }

    private static func ofFile(_ path: String, logger: Logger) throws(StartFailure) -> Self {
        let result = Configuration.load(path: path, environment: ProcessEnvironment.read(), host: SystemHost())
        guard let configuration = result.configuration else {
            throw StartFailure(lines: Self.errors(result.diagnostics), status: 65)
        }
        for diagnostic in result.diagnostics { logger.warning("\(diagnostic.logged)") }
        let modules = ModuleFile.load(configuration.server.modules)
        guard let probed = modules.modules else {
            throw StartFailure(lines: Self.errors(modules.diagnostics), status: 65)
        }
        for diagnostic in modules.diagnostics { logger.warning("\(diagnostic.logged)") }
        var settings = RunSettings(configuration)
        settings.modules = probed
        for warning in settings.services.warnings { logger.warning("\(warning)") }
        for section in settings.unbuiltSections {
            logger.notice("section '\(section)' of the configuration is not acted on yet")
        }
        let listen = configuration.server.listen
        return Self(
            settings: settings,
            address: ListenAddress(host: listen.host, port: listen.port),
            temporaryState: nil
        )
    }

    private static func ofDemo(_ demo: DemoNetwork) throws(StartFailure) -> Self {
        let folder = try TemporaryState.make()
        let alerts = AlertSettings(topology: demo.topology, rules: demoRules, stateDirectory: folder)
        let text = "# netprobe serve --demo: an embedded network; there is no configuration file\n"
        var settings = RunSettings(topology: demo.topology, alerts: alerts, text: text)
        settings.modules = ModuleFile.load(nil).modules ?? [:]
        return Self(
            settings: settings,
            address: .standard,
            temporaryState: folder
        )
    }

    /// A cycle of 40 s shows everything only when nothing waits as long as in the field.
    private static let demoRules: [AlertName: AlertRuleOverride] = [
        .failedOver: AlertRuleOverride(holdFor: .seconds(1)),
        .linkDown: AlertRuleOverride(holdFor: .seconds(1)),
    ]

    /// What a reload cannot change while the program runs, a sentence each.
    func changesThatWait(in new: Self) -> [String] {
        var lines: [String] = []
        if new.address != address {
            lines.append("server.listen is now \(new.address); until the next start it stays \(address)")
        }
        let (folder, former) = (new.settings.alerts.stateDirectory, settings.alerts.stateDirectory)
        if folder != former {
            lines.append(
                "state_directory is now \(folder ?? "none"); until the next start it stays \(former ?? "none")"
            )
        }
        return lines
    }
}
