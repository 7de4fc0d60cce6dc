import Glibc
import Probing
import Settings
import Sockets

/// Where a command that probes once keeps which credentials rest, so that the next run does not show what this one was refused.
enum CommandState {
    /// - Parameters:
    ///   - configured: `state_directory`; nil without a configuration.
    ///   - environment: for `XDG_STATE_HOME` and `HOME`.
    ///   - log: is told where there is none.
    /// - Returns: a folder that can be written, made where it was missing; nil where none can be had.
    static func directory(
        _ configured: String?,
        _ environment: [String: String] = ProcessEnvironment.read(),
        log: (String) -> Void
    ) -> String? {
        if let configured, isUsable(configured, makes: configured != Configuration(hostName: "").stateDirectory) {
            return configured
        }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : "\($0)/.local/state" }
        let base = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home
        if let base, isUsable("\(base)/netprobe", makes: true) { return "\(base)/netprobe" }
        let places = [configured, base.map { "\($0)/netprobe" }].compactMap { $0 }.joined(separator: ", ")
        log(
            "netprobe probe: which credentials were refused is kept nowhere (\(places.isEmpty ? "no HOME" : places)): "
                + "each run shows them anew, and that may lock the account"
        )
        return nil
    }

    /// - Parameter makes: with its parents; the usual folder of `serve` is made by `serve` alone.
    private static func isUsable(_ path: String, makes: Bool) -> Bool {
        if makes {
            let parts = path.split(separator: "/")
            for count in parts.indices {
                let folder = (path.hasPrefix("/") ? "/" : "") + parts[...count].joined(separator: "/")
                mkdir(folder, count == parts.count - 1 ? 0o750 : 0o755)
            }
        }
        return access(path, W_OK | X_OK) == 0
    }
}

extension CredentialBook {
    /// Of a command that probes once beside `serve`: a file is wanted where there is a password to show.
    convenience init(of proxy: ProxyServer?, stateDirectory: String?, _ log: (String) -> Void) {
        let directory = proxy?.credentials?.password == nil ? nil : CommandState.directory(stateDirectory, log: log)
        self.init(stateDirectory: directory, isBrief: true)
    }
}
