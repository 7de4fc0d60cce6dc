internal import Model

/// Puts the lines of answers together to heads: those of CONNECT, of 407s, of the final answer. Bounded. Pure.
struct HeadReader {
    struct Head: Equatable {
        var status: Int
        /// `1.1`, `2`.
        var version: String
        var fields: [HTTPResponse.Field] = []

        func values(of name: String) -> [String] {
            fields.filter { $0.name.lowercased() == name }.map(\.value)
        }
    }

    enum Event: Equatable {
        case line
        /// A head is complete.
        case head(Head)
        /// More bytes than anybody needs.
        case tooLong
    }

    private var head: Head?
    /// Fields that follow the last head's body.
    private(set) var trailers: [HTTPResponse.Field] = []
    private var bytes = 0

    /// Of all heads of one connection.
    static let mostBytes = 128 << 10

    /// - Parameter line: one line with its end.
    mutating func take(_ line: [UInt8]) -> Event {
        bytes += line.count
        guard bytes <= Self.mostBytes else { return .tooLong }
        var text = line[...]
        while text.last == UInt8(ascii: "\n") || text.last == UInt8(ascii: "\r") { text = text.dropLast() }
        if text.starts(with: Array("HTTP/".utf8)) {
            head = Self.statusLine(text)
            trailers = []
            return .line
        }
        if text.isEmpty {
            defer { head = nil }
            return head.map { .head($0) } ?? .line
        }
        if Self.isBlank(text.first) {
            unfold(Self.text(Self.trimmed(text)))
            return .line
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return .line }
        let field = HTTPResponse.Field(Self.text(text[..<colon]), Self.text(Self.trimmed(text[(colon + 1)...])))
        if head == nil { trailers.append(field) } else { head?.fields.append(field) }
        return .line
    }

    /// A line that begins with a blank goes on with the value of the one before (RFC 9112 §5.2).
    private mutating func unfold(_ text: String) {
        if head == nil {
            guard !trailers.isEmpty else { return }
            trailers[trailers.count - 1].value += " " + text
        } else if let last = head?.fields.indices.last {
            head?.fields[last].value += " " + text
        }
    }

    private static func isBlank(_ byte: UInt8?) -> Bool { byte == 32 || byte == 9 }

    /// Without the blanks around it, which are no part of a value (RFC 9110 §5.5).
    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop { isBlank($0) }
        while isBlank(text.last) { text = text.dropLast() }
        return text
    }

    private static func statusLine(_ text: ArraySlice<UInt8>) -> Head? {
        let parts = text.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count >= 2, let status = Int(Self.text(parts[1])) else { return nil }
        return Head(status: status, version: Self.text(parts[0].dropFirst(5)))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map { $0 < 32 || $0 == 127 ? 32 : $0 }, as: UTF8.self)
    }
}
