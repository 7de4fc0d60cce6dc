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
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return .line }
        let value = text[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
        let field = HTTPResponse.Field(Self.text(text[..<colon]), Self.text(value))
        if head == nil { trailers.append(field) } else { head?.fields.append(field) }
        return .line
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
