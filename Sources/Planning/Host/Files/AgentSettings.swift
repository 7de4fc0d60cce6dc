/// `/etc/waagent.conf` as the agent reads it: `NAME=VALUE`, a `#` ends the value, `None` means not set; the last counts.
struct AgentSettings: Equatable, Sendable {
    private(set) var settings: [Setting] = []

    init(_ text: String, file: String) {
        for (number, line) in text.numberedLines where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let name = line[..<equals].trimmed
            var value = line[line.index(after: equals)...].prefix { $0 != "#" }.trimmed[...]
            let isEdge: (Character) -> Bool = { $0 == "\"" || $0 == " " }
            while let first = value.first, isEdge(first) { value = value.dropFirst() }
            while let last = value.last, isEdge(last) { value = value.dropLast() }
            settings.append(Setting(name: name, value: String(value), file: file, line: number))
        }
    }

    /// Nil where it is not set.
    func value(_ name: String) -> Setting? {
        guard let setting = settings.last(named: name), setting.value != "None", !setting.value.isEmpty else {
            return nil
        }
        return setting
    }
}
