/// The environment that systemd gives the VM agent, and with it the extensions that it starts (systemd.exec(5),
/// systemd-system.conf(5)): the manager's defaults, then the unit and its drop-ins in the order of their names, then the
/// files that they name; what the unit takes from the manager's own environment comes before its own, and what it unsets is
/// gone at the end, wherever it came from. An empty assignment clears what came before.
struct ServiceEnvironment: Equatable, Sendable {
    struct File: Equatable, Sendable {
        var path: String
        /// A `-` stood before it.
        var isOptional: Bool
        var place: String
    }

    private(set) var settings: [Setting] = []
    private(set) var files: [File] = []
    /// The unit files of the agent that are there.
    private(set) var units: [String] = []
    /// Names of variables, or whole assignments, that are taken out.
    private var unset: Set<String> = []
    /// Names of variables that are taken over from the manager's own environment.
    private var passed: Set<String> = []

    init(_ host: HostFiles) {
        var manager: [Setting] = []
        var managersOwn: [Setting] = []
        let managers = [HostFiles.managerFile] + Self.dropIns(host, HostFiles.managerFolders)
        for path in managers {
            for line in Self.assignments(host.text(path) ?? "", section: "Manager") {
                switch line.name {
                case "DefaultEnvironment": Self.add(line, path, to: &manager)
                case "ManagerEnvironment": Self.add(line, path, to: &managersOwn)
                default: continue
                }
            }
        }
        var unit: [Setting] = []
        for name in HostFiles.agentUnits {
            // A unit in /etc takes the place of one in /usr/lib; drop-ins add to it.
            let own = HostFiles.unitFolders.map { "\($0)/\(name)" }.last { host.exists($0) }
            if let own { units.append(own) }
            let dropIns = Self.dropIns(host, HostFiles.unitFolders.map { "\($0)/\(name).d" })
            for path in (own.map { [$0] } ?? []) + dropIns {
                read(host.text(path) ?? "", path, into: &unit)
            }
        }
        settings = manager + managersOwn.filter { passed.contains($0.name) } + unit
        for file in files {
            guard let text = host.text(file.path) else { continue }
            settings += EnvironmentFile(text, file: file.path).settings
        }
        settings.removeAll { unset.contains($0.name) || unset.contains("\($0.name)=\($0.value)") }
    }

    private mutating func read(_ text: String, _ path: String, into unit: inout [Setting]) {
        for line in Self.assignments(text, section: "Service") {
            switch line.name {
            case "Environment": Self.add(line, path, to: &unit)
            case "UnsetEnvironment": unset = line.value.isEmpty ? [] : unset.union(Self.words(line.value))
            case "PassEnvironment": passed = line.value.isEmpty ? [] : passed.union(Self.words(line.value))
            case "EnvironmentFile":
                if line.value.isEmpty { files = [] }
                guard !line.value.isEmpty else { continue }
                let isOptional = line.value.hasPrefix("-")
                let file = String(isOptional ? line.value.dropFirst() : line.value[...])
                // Patterns and specifiers are left to systemd.
                guard file.hasPrefix("/"), !file.contains("*"), !file.contains("%") else { continue }
                files.append(File(path: file, isOptional: isOptional, place: "\(path):\(line.number)"))
            default: continue
            }
        }
    }

    /// Of several folders the file of a name in the last one counts (`/etc` over `/run` over `/usr/lib`).
    private static func dropIns(_ host: HostFiles, _ folders: [String]) -> [String] {
        var byName: [String: String] = [:]
        for folder in folders {
            for path in host.paths(in: folder, suffix: ".conf") {
                byName[String(path.dropFirst(folder.count + 1))] = path
            }
        }
        return byName.sorted { $0.key < $1.key }.map(\.value)
    }

    private typealias Assignment = (name: String, value: String, number: Int)

    private static func add(_ line: Assignment, _ path: String, to settings: inout [Setting]) {
        if line.value.isEmpty { settings = [] }
        settings += variables(line.value, file: path, line: line.number)
    }

    /// The assignments of one section; a `\` at the end of a line goes on in the next.
    private static func assignments(
        _ text: String,
        section wanted: String
    ) -> [Assignment] {
        var found: [(String, String, Int)] = []
        var section = ""
        var begun: (text: String, number: Int)?
        for (number, whole) in text.numberedLines {
            var line = whole.trimmed
            if begun != nil, line.hasPrefix("#") || line.hasPrefix(";") { continue }
            let start = begun?.number ?? number
            if let before = begun { line = before.text + " " + line }
            begun = nil
            if line.hasSuffix("\\") {
                begun = (String(line.dropLast()), start)
                continue
            }
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
                continue
            }
            guard section == wanted, !line.hasPrefix("#"), !line.hasPrefix(";"), let equals = line.firstIndex(of: "=")
            else { continue }
            found.append((line[..<equals].trimmed, line[line.index(after: equals)...].trimmed, start))
        }
        return found
    }

    /// `A=1 "B=2 3" C='4'`: words apart by blanks, quotes around a word or a value.
    private static func variables(_ text: String, file: String, line: Int) -> [Setting] {
        words(text).compactMap { word in
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return nil }
            let value = String(word[word.index(after: equals)...])
            return Setting(name: String(word[..<equals]), value: value, file: file, line: line)
        }
    }

    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in text {
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character == " " || character == "\t" {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let whole = word { words.append(whole) }
        return words
    }
}
