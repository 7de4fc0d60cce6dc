import Document
import Model

/// Puts `${NAME}` of the environment into a text; `$${` stands for `${`.
struct Variables {
    let environment: [String: String]

    /// A text with its variables put in, and the same with `<secret>` in their place.
    struct Expansion {
        var text: String
        var shown: String
        var hasVariables: Bool
    }

    /// Bound of an expanded text, in bytes.
    static let maximumLength = 64 << 10

    func expand(_ text: String) throws(ScalarError) -> Expansion {
        var result = Expansion(text: "", shown: "", hasVariables: false)
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result.append(rest[..<dollar])
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result.append("${")
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                let value = try variable(&rest)
                result.text += value
                result.shown += Secret.placeholder
                result.hasVariables = true
                guard result.text.utf8.count <= Self.maximumLength else {
                    throw ScalarError("the value is too long", allowed: "up to 64 KiB")
                }
            } else {
                result.append("$")
                rest = rest.dropFirst()
            }
        }
        result.append(rest)
        return result
    }

    private func variable(_ rest: inout Substring) throws(ScalarError) -> String {
        let allowed = "${NAME} with letters, digits and '_'"
        let body = rest.dropFirst(2)
        guard let close = body.firstIndex(of: "}") else { throw ScalarError("'${' without '}'", allowed: allowed) }
        let name = body[..<close]
        guard Names.isLabel(String(name)) else { throw ScalarError("'${…}' names no variable", allowed: allowed) }
        guard let value = environment[String(name)] else {
            let advice = "a variable that is set and not empty"
            throw ScalarError("the environment variable \(name) is not set", allowed: advice)
        }
        guard !value.isEmpty else {
            throw ScalarError(
                "the environment variable \(name) is empty",
                allowed: "a variable that is set and not empty"
            )
        }
        rest = body[body.index(after: close)...]
        return value
    }
}

extension Variables.Expansion {
    fileprivate mutating func append(_ part: some StringProtocol) {
        text += part
        shown += part
    }
}

extension Format where Value == Secret {
    /// A secret of the environment; its text never stands in the file itself.
    /// - Parameter file: the key that names a file instead.
    static func secret(_ variables: Variables, orFile file: String) -> Self {
        let allowed = "${NAME} of the environment, or \(file)"
        return scalar("a secret", allowed: allowed, takesVariables: true) { text throws(ScalarError) in
            let expansion = try variables.expand(text)
            guard expansion.hasVariables || text == Secret.placeholder else {
                throw ScalarError("a secret cannot stand in the file itself")
            }
            return Secret(expansion.text)
        }
    }
}
