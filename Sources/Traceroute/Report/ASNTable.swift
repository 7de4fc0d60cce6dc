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

    private struct Entry {
        var prefix: Subnet
        var number: UInt32
        /// Where its name stands in the text: read when it is asked for, of the whole of the Internet few are.
        var name: Range<UInt32>
    }

    private let text: [UInt8]
    /// By address, then by length; of two for one prefix the later one last.
    private var entries: [Entry] = []
    /// Longest first.
    private var lengths: [Int] = []

    /// - Parameter content: text, less than 4 GiB; a byte that is no UTF-8 spoils no more than the name that it stands in.
    /// - Throws: `Mistake` for the first line that cannot be read.
    public init(parsing content: [UInt8]) throws(Mistake) {
        text = content
        // Editors of Windows begin a file with the byte order mark.
        var start = text.starts(with: "\u{FEFF}".utf8) ? 3 : 0
        var line = 1
        while start < text.count {
            let end = text[start...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? text.count
            if let entry = try Self.entry(of: text[start..<end], line: line) { entries.append(entry) }
            // Lines end as on Linux, on Windows, or as on old Macs.
            start = text[end...].starts(with: "\r\n".utf8) ? end + 2 : end + 1
            line += 1
        }
        let order = entries.indices.sorted { left, right in
            let (one, other) = (entries[left].prefix, entries[right].prefix)
            if one.address != other.address { return one.address < other.address }
            return one.prefixLength == other.prefixLength ? left < right : one.prefixLength < other.prefixLength
        }
        entries = order.map { entries[$0] }
        lengths = Set(entries.lazy.map(\.prefix.prefixLength)).sorted(by: >)
    }

    /// The entry with the longest prefix that holds the address; nil where none does.
    public func system(of address: IPAddress) -> AutonomousSystem? {
        for length in lengths where length <= address.bitWidth {
            let prefix = Subnet.masked(address, to: length)
            var range = 0..<entries.count
            while !range.isEmpty {
                let middle = range.lowerBound + range.count / 2
                let found = entries[middle].prefix
                let isBefore = found.address == prefix ? found.prefixLength <= length : found.address < prefix
                range = isBefore ? middle + 1..<range.upperBound : range.lowerBound..<middle
            }
            guard range.lowerBound > 0 else { continue }
            let last = entries[range.lowerBound - 1]
            if last.prefix.address == prefix, last.prefix.prefixLength == length { return system(last) }
        }
        return nil
    }

    private func system(_ entry: Entry) -> AutonomousSystem {
        let words = text[Int(entry.name.lowerBound)..<Int(entry.name.upperBound)].split(whereSeparator: Self.isSpace)
        let name = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        return AutonomousSystem(number: entry.number, name: name.isEmpty ? nil : Self.clean(name))
    }

    /// Nil for a line that says nothing.
    private static func entry(of line: ArraySlice<UInt8>, line index: Int) throws(Mistake) -> Entry? {
        var rest = line.prefix { $0 != UInt8(ascii: "#") }
        let first = word(of: &rest)
        guard !first.isEmpty else { return nil }
        guard let prefix = Subnet(String(decoding: first, as: UTF8.self)) else {
            throw Mistake(line: index, problem: "'\(clean(String(decoding: first, as: UTF8.self)))' is no prefix")
        }
        let second = word(of: &rest)
        guard let number = number(second) else {
            let digits = clean(String(decoding: second, as: UTF8.self))
            throw Mistake(line: index, problem: "'\(digits)' is no number of an autonomous system")
        }
        return Entry(prefix: prefix, number: number, name: UInt32(rest.startIndex)..<UInt32(rest.endIndex))
    }

    /// Takes the next word; empty where there is none.
    private static func word(of rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        rest = rest.drop(while: isSpace)
        let word = rest.prefix { !isSpace($0) }
        rest = rest[word.endIndex...]
        return word
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    /// `8075` or `AS8075`.
    private static func number(_ word: ArraySlice<UInt8>) -> UInt32? {
        let isNamed = word.count > 2 && word.prefix(2).elementsEqual("AS".utf8) { $0 & 0xDF == $1 }
        let digits = isNamed ? word.dropFirst(2) : word
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self))
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
