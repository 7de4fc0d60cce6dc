/// Compares two trees and names each difference by its place.
struct TreeDiff {
    private(set) var lines: [String] = []

    mutating func compare(_ old: EffectiveNode, _ new: EffectiveNode, at path: String) {
        guard old != new else { return }
        switch (old, new) {
        case (.mapping(let left), .mapping(let right)):
            compare(left, right) { path.isEmpty ? $0 : "\(path).\($0)" }
        case (.list(let left, let identity?), .list(let right, _)):
            compare(Self.keyed(left, by: identity), Self.keyed(right, by: identity)) { "\(path)[\($0)]" }
        case (.list(let left, nil), .list(let right, _)) where Self.holdsMappings(left + right):
            compare(Self.numbered(left), Self.numbered(right)) { "\(path)[\($0)]" }
        case (.secret(let left, _), .secret(let right, _)) where left == right:
            lines.append("changed \(path): \(right), the secret in it")
        case (.null, _):
            lines.append("added \(path)\(Self.brief(new))")
        case (_, .null):
            lines.append("removed \(path)\(Self.brief(old))")
        default:
            lines.append("changed \(path): \(Self.inline(old)) → \(Self.inline(new))")
        }
    }

    private typealias Entries = [(key: String, value: EffectiveNode)]

    private mutating func compare(_ old: Entries, _ new: Entries, place: (String) -> String) {
        let before = Dictionary(old.map { ($0.key, $0.value) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.key, $0.value) }) { first, _ in first }
        for entry in old where after[entry.key] == nil {
            lines.append("removed \(place(entry.key))\(Self.brief(entry.value))")
        }
        for entry in new {
            guard let other = before[entry.key] else {
                lines.append("added \(place(entry.key))\(Self.brief(entry.value))")
                continue
            }
            compare(other, entry.value, at: place(entry.key))
        }
        let kept = old.map(\.key).filter { after[$0] != nil }
        if kept != new.map(\.key).filter({ before[$0] != nil }) {
            lines.append("changed the order in \(place("…"))")
        }
    }

    private static func keyed(_ items: [EffectiveNode], by identity: String) -> Entries {
        var seen: [String: Int] = [:]
        return items.map { item in
            let name = item[identity].map(inline) ?? ""
            seen[name, default: 0] += 1
            let count = seen[name] ?? 1
            return (count > 1 ? "\(name) \(count)" : name, item)
        }
    }

    private static func numbered(_ items: [EffectiveNode]) -> Entries {
        items.enumerated().map { ("\($0)", $1) }
    }

    private static func holdsMappings(_ items: [EffectiveNode]) -> Bool {
        items.contains { if case .mapping = $0 { true } else { false } }
    }

    /// The value of a leaf; nothing for a mapping, whose name says enough.
    private static func brief(_ node: EffectiveNode) -> String {
        if case .mapping = node { "" } else { ": \(inline(node))" }
    }

    private static func inline(_ node: EffectiveNode) -> String {
        switch node {
        case .mapping(let entries): "{\(entries.map { "\($0.key): \(inline($0.value))" }.joined(separator: ", "))}"
        case .list(let items, _): "[\(items.map(inline).joined(separator: ", "))]"
        case .value(let text), .text(let text): text
        case .secret(let shown, _): shown
        case .null: "null"
        }
    }
}
