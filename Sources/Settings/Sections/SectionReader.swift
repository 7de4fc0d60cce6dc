import Document
import Model

/// Reads the merged document section by section, each after those that it refers to.
struct SectionReader {
    let log: DiagnosticLog
    let variables: Variables
    let host: any HostFacts
    var declared = Declared(Node(.null, at: Mark(file: "", line: 1, column: 1)))
    var configuration: Configuration
    /// Paths with one pin; whether that matters is known when the links are.
    var samePins: [PinCheck.Pair] = []

    init(log: DiagnosticLog, environment: [String: String], host: any HostFacts) {
        self.log = log
        variables = Variables(environment: environment)
        self.host = host
        configuration = Configuration(hostName: Names.isName(host.hostName) ? host.hostName : "localhost")
    }

    /// - Parameter root: the merged document, its links expanded.
    mutating func read(_ root: Node) {
        guard let reader = MappingReader(root, Schema.root, log) else { return }
        declared = Declared(root)
        readDefaults(reader)
        readSite(reader)
        readServer(reader)
        readPaths(reader)
        readLinks(reader)
        warnOfSamePins()
        readMaintenance(reader)
        readProxies(reader)
        readStorage(reader)
        readProfiles(reader)
        readFreeProbes(reader)
        readCapture(reader)
        readAlerting(reader)
        if let folder = reader.node("state_directory"), let path = Format<String>.file.read(folder, log) {
            configuration.stateDirectory = path
        }
        if let checks = reader.mapping("host_checks", Schema.hostChecks) {
            let format = Format.duration(.seconds(1)...(.seconds(86_400)))
            configuration.hostChecks.interval = checks.value("interval", format, default: .seconds(300))
        }
        configuration.plan = readableFile("plan", reader)
        PlaceholderCheck(log: log).check(root)
        configuration.presentSections = Presence.sections(of: root)
    }

    // MARK: - What several sections need

    /// A file that the host should be able to read; when it cannot, that is a warning.
    func readableFile(_ key: String, _ reader: MappingReader) -> String? {
        guard let path = reader.optional(key, .file) else { return nil }
        FileCheck(host: host, log: log).check(path, at: reader.mark(of: key), isSecret: false)
        return path
    }

    /// The path of a file that holds a secret; whoever else may read it is named in a warning.
    func secretFile(_ key: String, _ reader: MappingReader) -> String? {
        guard let path = reader.optional(key, .file) else { return nil }
        FileCheck(host: host, log: log).check(path, at: reader.mark(of: key), isSecret: true)
        return path
    }

    /// `KEY` from the environment or `KEY_file`; both is an error.
    func secret(_ key: String, _ reader: MappingReader) -> SecretSource? {
        let fileKey = key + "_file"
        let file = secretFile(fileKey, reader)
        guard reader.node(key) != nil else { return file.map { .file($0) } }
        if reader.node(fileKey) != nil {
            log.error("both \(key) and \(fileKey)", at: reader.mark(of: key), allowed: "one of them")
        }
        return reader.optional(key, .secret(variables, orFile: fileKey)).map { .value($0) }
    }

    /// Reports the second thing of the same name.
    func checkUnique(_ name: String, _ what: String, at mark: Mark, in seen: inout [String: Mark]) {
        if let first = seen[name] {
            log.error("\(what) \(quoted(name)) is also at \(first)", at: mark, allowed: "each \(what) once")
        } else {
            seen[name] = mark
        }
    }

    /// Reports a name that nothing has.
    func reportUnknown(_ name: String, _ what: String, at mark: Mark, known: [String]) {
        let nearest = log.isFull ? nil : Suggestion.nearest(to: name, among: known)
        let hint = nearest.map { "; did you mean \($0)?" } ?? ""
        let listed = known.prefix(60).joined(separator: ", ") + (known.count > 60 ? ", …" : "")
        let allowed = known.isEmpty ? "none is declared" : listed
        log.error("there is no \(what) \(quoted(name))\(hint)", at: mark, allowed: allowed)
    }
}
