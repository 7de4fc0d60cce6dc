import Model

/// The configuration as a tree to be shown: secrets are in it, but only to be compared.
indirect enum EffectiveNode: Equatable {
    case mapping([(key: String, value: EffectiveNode)])
    /// `identity` is the key by which the items of a list are told apart (`name`), nil for a list of values.
    case list([EffectiveNode], identity: String?)
    /// A number, truth value, duration, address: written without quotes.
    case value(String)
    /// A text of the user: in quotes where it could be read as something else.
    case text(String)
    case secret(shown: String, Secret)
    case null

    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        case (.list(let left, _), .list(let right, _)): left == right
        case (.value(let left), .value(let right)): left == right
        case (.text(let left), .text(let right)): left == right
        case (.secret(_, let left), .secret(_, let right)): left == right
        case (.null, .null): true
        default: false
        }
    }

    static func optional(_ text: String?) -> Self { text.map { .text($0) } ?? .null }
    static func values(_ values: [String]) -> Self { .list(values.map { .value($0) }, identity: nil) }
    static func texts(_ values: [String]) -> Self { .list(values.map { .text($0) }, identity: nil) }
    static func url(_ url: SecretURL) -> Self { .secret(shown: url.redacted, url.secret) }

    subscript(key: String) -> Self? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
