/// A set of labels in the order of their names, fit to send: names match `[a-zA-Z_][a-zA-Z0-9_]*`, no value is empty.
public struct AlertLabels: Hashable, Sendable {
    public private(set) var pairs: [Pair]

    public struct Pair: Hashable, Sendable {
        public var name: String
        public var value: String
    }

    /// Later pairs never replace earlier ones. Other characters in a name become `_`; an empty name or value is
    /// left out, as Alertmanager does.
    public init(_ labels: some Sequence<(String, String)>) {
        var pairs: [Pair] = []
        for (name, value) in labels where !name.isEmpty && !value.isEmpty {
            let name = Self.sanitised(name)
            if !pairs.contains(where: { $0.name == name }) {
                pairs.append(Pair(name: name, value: value))
            }
        }
        self.pairs = pairs.sorted { $0.name < $1.name }
    }

    public subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// `name` with every character that a label's name must not hold replaced by `_`.
    static func sanitised(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            let isLetter = (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
            let isDigit = (48...57).contains(byte)
            if bytes.isEmpty && isDigit { bytes.append(UInt8(ascii: "_")) }
            bytes.append(isLetter || isDigit ? byte : UInt8(ascii: "_"))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
