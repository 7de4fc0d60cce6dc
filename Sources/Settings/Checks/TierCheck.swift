import Document
import Model

/// Reads the tiers of a link: paths that exist, each once, each able to carry the link's peering.
struct TierCheck {
    let declared: Declared
    let log: DiagnosticLog

    /// Empty after an error that leaves no tier.
    /// - Parameter peering: nil where the link's own is wrong, so that nothing can be said against it.
    func tiers(_ reader: MappingReader, peering: Peering?) -> [[PathID]] {
        let form = "a list of lists of paths such as [[kr-er-01/primary, kr-er-01/secondary], [kr-vpn]]"
        guard let node = reader.node("tiers") else {
            log.error("tiers is missing", at: reader.mark(of: "tiers"), allowed: form)
            return []
        }
        guard let items = node.items else {
            log.error("expected a list, found \(node.kind)", at: node.mark, allowed: form)
            return []
        }
        if items.isEmpty { log.error("tiers is empty", at: node.mark, allowed: form) }
        var seen: [PathID: Mark] = [:]
        return items.compactMap { item in
            guard let paths = item.items else {
                log.error("expected a list of paths, found \(item.kind)", at: item.mark, allowed: form)
                return nil
            }
            if paths.isEmpty { log.error("a tier is empty", at: item.mark, allowed: form) }
            let tier = paths.compactMap { path($0, peering, &seen) }
            return tier.isEmpty ? nil : tier
        }
    }

    private func path(_ node: Node, _ peering: Peering?, _ seen: inout [PathID: Mark]) -> PathID? {
        guard let name = Format<String>.text.read(node, log) else { return nil }
        let id = PathID(rawValue: name)
        guard let carried = declared.paths[id] else {
            let isCircuit = declared.circuits.contains(name)
            let near =
                log.isFull
                ? nil : isCircuit ? "\(name)/primary" : Suggestion.nearest(to: name, among: declared.pathNames)
            let hint = near.map { "; did you mean \($0)?" } ?? ""
            let shown = declared.pathNames.suffix(60).joined(separator: ", ")
            let allowed = (declared.pathNames.count > 60 ? "…, " : "") + shown
            log.error("there is no path \(quoted(name))\(hint)", at: node.mark, allowed: allowed)
            return nil
        }
        if let first = seen[id] {
            let place = first.file == node.mark.file ? "line \(first.line)" : "\(first)"
            log.error(
                "path \(quoted(name)) is already in the tiers (\(place))",
                at: node.mark,
                allowed: "each path once"
            )
            return nil
        }
        seen[id] = node.mark
        if let carried, let peering, carried != peering {
            let message = "path \(quoted(name)) carries \(carried.rawValue) peering, the link is \(peering.rawValue)"
            log.error(message, at: node.mark, allowed: allowed(for: peering))
        }
        return id
    }

    private func allowed(for peering: Peering) -> String {
        let names = declared.pathNames.filter { declared.paths[PathID(rawValue: $0)] == .some(peering) }
        return names.isEmpty ? "no path here carries \(peering.rawValue)" : names.joined(separator: ", ")
    }
}
