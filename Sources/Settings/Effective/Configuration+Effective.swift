import Model

extension Configuration {
    /// The expanded configuration as YAML: no include, template or table, every default spelled out, secrets as
    /// `<secret>`. It loads again as it is.
    public func effective() -> String {
        YAMLWriter.write(tree)
    }

    /// The same with one link alone and what belongs to it: its paths, windows and accounts.
    /// - Returns: nil when there is no such link.
    public func effective(link name: String) -> String? {
        guard let link = links.first(where: { $0.name == name }) else { return nil }
        var part = self
        part.links = [link]
        part.circuits = circuits.filter { circuit in
            Connection.allCases.contains { link.paths.contains(PathID(circuit: circuit.name, connection: $0)) }
        }
        part.vpns = vpns.filter { link.paths.contains(PathID(rawValue: $0.name)) }
        part.maintenance = maintenance.filter { window in
            window.link == name || part.circuits.contains { $0.name == window.circuit }
                || part.vpns.contains { $0.name == window.vpn }
        }
        part.storage = storage.filter { $0.link == name }
        part.probes = []
        return YAMLWriter.write(part.tree)
    }

    /// What `/config` shows.
    public var redactedText: String { effective() }

    /// What changes from `old` to `new`, a line each: `changed links[seoul].detection.down_after: 3 → 5`.
    ///
    /// A secret that differs is named, and neither of its values is shown. Empty when nothing changes.
    public static func diff(_ old: Configuration, _ new: Configuration) -> [String] {
        var diff = TreeDiff()
        diff.compare(old.tree, new.tree, at: "")
        return diff.lines
    }
}
