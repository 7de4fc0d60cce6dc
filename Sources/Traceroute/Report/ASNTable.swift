public import Wire

/// The autonomous system that an address belongs to.
public struct AutonomousSystem: Hashable, Sendable {
    public var number: UInt32
    /// Nil where the table has none.
    public var name: String?

    public init(number: UInt32, name: String? = nil) {
        self.number = number
        self.name = name
    }

    public var text: String { "AS\(number)" + (name.map { " \($0)" } ?? "") }
}

/// Prefixes and their autonomous systems, from a file of this host: nobody outside is asked.
///
/// One prefix a line: `20.33.0.0/16 8075 Microsoft`; the number may be written `AS8075`, the name may be missing; `#`
/// begins a comment.
public struct ASNTable: Sendable {
    public struct Mistake: Error, Equatable, CustomStringConvertible {
        /// From 1.
        public var line: Int
        public var problem: String

        public var description: String { "line \(line): \(problem); write PREFIX NUMBER [NAME]" }
    }

    /// By length of the prefix, then by address.
    private var entries: [Int: [IPAddress: AutonomousSystem]] = [:]
    /// Longest first.
    private var lengths: [Int] = []

    /// - Throws: `Mistake` for the first line that cannot be read.
    public init(parsing text: String) throws(Mistake) {
        for (index, line) in Self.lines(of: text).enumerated() {
            let content = line.prefix { $0 != "#" }
            let words = content.split { $0 == " " || $0 == "\t" }
            guard let first = words.first else { continue }
            guard let subnet = Subnet(first) else { throw Mistake(line: index + 1, problem: "'\(first)' is no prefix") }
            let digits = words.count > 1 ? words[1] : ""
            let number = digits.uppercased().hasPrefix("AS") ? digits.dropFirst(2) : digits[...]
            guard let value = UInt32(number) else {
                throw Mistake(line: index + 1, problem: "'\(digits)' is no number of an autonomous system")
            }
            let name = words.dropFirst(2).joined(separator: " ")
            entries[subnet.prefixLength, default: [:]][subnet.address] = AutonomousSystem(
                number: value,
                name: name.isEmpty ? nil : Self.clean(name)
            )
        }
        lengths = entries.keys.sorted(by: >)
    }

    /// The entry with the longest prefix that holds the address; nil where none does.
    public func system(of address: IPAddress) -> AutonomousSystem? {
        for length in lengths where length <= address.bitWidth {
            if let found = entries[length]?[Subnet.masked(address, to: length)] { return found }
        }
        return nil
    }

    /// With those that are empty, so that they can be counted. A line end of Windows is one character, and not "\n".
    private static func lines(of text: String) -> [Substring] {
        // Editors of Windows begin a file with the byte order mark.
        text.drop { $0 == "\u{FEFF}" }.split(omittingEmptySubsequences: false) {
            $0 == "\n" || $0 == "\r\n" || $0 == "\r"
        }
    }

    /// Nothing that a terminal obeys, and nothing that turns the direction of what follows.
    private static func clean(_ name: String) -> String {
        let harmless = name.unicodeScalars.prefix(64).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "?"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(harmless))
    }
}
