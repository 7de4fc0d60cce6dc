import Document
import Model
import Settings

/// What `netprobe check` does: loads files and tells what is wrong, what they mean, or what they change.
public struct ConfigurationCheck {
    public struct Result: Sendable, Equatable {
        /// For standard error.
        public var errors: [String] = []
        /// For standard output.
        public var output: [String] = []
        /// 0 good, 2 warnings under `isStrict`, 65 errors.
        public var status: Int32 = 0
    }

    private enum Effective: Equatable {
        case no, whole
        case link(String)
    }

    private var files: [String]
    private let isStrict: Bool
    private let old: String?
    private var effective = Effective.no

    /// - Parameter old: a file against which the changes are told; nil for none.
    public init(files: [String], isStrict: Bool, old: String?) {
        self.files = files
        self.isStrict = isStrict
        self.old = old
    }

    /// Asks for the expanded file.
    /// - Parameter link: the link to show, empty for all, nil for no expansion. Where no file was named it is the file:
    ///   `check --print-effective FILE`.
    public mutating func printEffective(_ link: String?) {
        guard let link else { return }
        if link.isEmpty {
            effective = .whole
        } else if files.isEmpty {
            files = [link]
            effective = .whole
        } else {
            effective = .link(link)
        }
    }

    public func run() -> Result {
        var result = Result()
        let former = old.flatMap { load($0, into: &result) }
        for file in files {
            guard let configuration = load(file, into: &result) else { continue }
            switch effective {
            case .no where old == nil: result.output.append(summary(of: configuration, file))
            case .no: break
            case .whole: result.output.append(configuration.effective())
            case .link(let name): show(name, of: configuration, file, into: &result)
            }
            guard let former else { continue }
            let changes = Configuration.diff(former, configuration)
            result.output += changes.isEmpty ? ["\(file): no change"] : changes
        }
        return result
    }

    private func load(_ file: String, into result: inout Result) -> Configuration? {
        let loaded = Configuration.load(path: file, environment: ProcessEnvironment.read(), host: SystemHost())
        var diagnostics = loaded.diagnostics
        // A file that is not here was a warning already: it may be on the host that is meant.
        if let path = loaded.configuration?.server.modules, case .readable = SystemHost().access(to: path) {
            diagnostics += ModuleFile.load(path).diagnostics
        }
        result.errors += diagnostics.map(\.description)
        if diagnostics.contains(where: { $0.severity == .error }) {
            result.status = 65
        } else if isStrict, !diagnostics.isEmpty, result.status == 0 {
            result.status = 2
        }
        return loaded.configuration
    }

    private func summary(of configuration: Configuration, _ file: String) -> String {
        let links = configuration.links.count
        let paths = configuration.topology.paths.count
        return "\(file): valid: \(links) \(links == 1 ? "link" : "links"), \(paths) \(paths == 1 ? "path" : "paths")"
    }

    private func show(_ link: String, of configuration: Configuration, _ file: String, into result: inout Result) {
        if let text = configuration.effective(link: link) {
            result.output.append(text)
        } else {
            let names = configuration.links.map(\.name).joined(separator: ", ")
            result.errors.append("\(file): error: no link '\(link)'; allowed: \(names.isEmpty ? "none" : names)")
            result.status = 65
        }
    }
}
