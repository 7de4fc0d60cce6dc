import Blackbox
import Document
import Settings

/// The modules of `/probe`: blackbox_exporter's own file, or where none is named what works without one.
enum ModuleFile {
    /// - Returns: nil modules when the file has a mistake.
    static func load(_ path: String?) -> (modules: [String: ProbeModule]?, diagnostics: [Diagnostic]) {
        guard let path else { return (standard, []) }
        let log = DiagnosticLog()
        let root = DocumentFile.read(path, log)
        let modules = root.map { ModuleReader.read($0, log) }
        return (log.hasErrors ? nil : modules, log.diagnostics)
    }

    private static var standard: [String: ProbeModule] {
        func module(_ prober: ProbeModule.Prober) -> ProbeModule {
            var module = ProbeModule()
            module.prober = prober.rawValue
            module.text = "prober: \(prober.rawValue)\n"
            return module
        }
        return ["http_2xx": module(.http), "tcp_connect": module(.tcp), "icmp": module(.icmp)]
    }
}
