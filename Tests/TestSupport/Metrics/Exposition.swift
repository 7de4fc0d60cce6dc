/// The samples of a Prometheus text exposition, as far as tests ask for them.
public struct Exposition: Sendable {
    public struct Sample: Sendable {
        public let name: String
        public let labels: [String: String]
        public let value: Double
    }

    private let lines: [Substring.UTF8View]

    public init(_ text: String) {
        lines = text.utf8.split(separator: UInt8(ascii: "\n"))
    }

    /// All of the page.
    public var samples: [Sample] { lines.compactMap { Self.sample(Substring($0)) } }

    /// All samples of a name whose labels include those given. Reads no other line: tests ask a large page many times a second.
    public func all(_ name: String, _ labels: [String: String] = [:]) -> [Sample] {
        lines.lazy.filter { Substring($0).hasPrefix(name) }.compactMap { Self.sample(Substring($0)) }.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
    }

    /// The only sample that matches; nil for none or several.
    public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = all(name, labels)
        return found.count == 1 ? found.first?.value : nil
    }

    /// The sum over all that match; 0 for none.
    public func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        all(name, labels).reduce(0) { $0 + $1.value }
    }

    private static func sample(_ line: Substring) -> Sample? {
        guard !line.hasPrefix("#") else { return nil }
        let name = line.prefix { $0 != "{" && $0 != " " }
        var rest = line.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            // A comma may also stand after the last label.
            while let equals = rest.firstIndex(of: "="), rest.first != "}" {
                let key = rest[..<equals].drop { $0 == "," || $0 == " " }
                rest = rest[equals...].dropFirst(2)
                labels[String(key)] = quoted(&rest)
            }
            rest = rest.drop { $0 != " " }
        }
        guard let number = rest.split(separator: " ").first, let value = Double(number) else { return nil }
        return Sample(name: String(name), labels: labels, value: value)
    }

    /// Takes a label's value up to and with its closing quote.
    private static func quoted(_ rest: inout Substring) -> String {
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            guard character == "\\" else {
                value.append(character)
                continue
            }
            let escaped = rest.popFirst() ?? "\\"
            value.append(escaped == "n" ? "\n" : escaped)
        }
        return value
    }
}
