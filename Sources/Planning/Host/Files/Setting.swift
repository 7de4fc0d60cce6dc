/// A value that a file gives a name, with its place.
struct Setting: Equatable, Sendable {
    var name: String
    var value: String
    var file: String
    /// From 1.
    var line: Int

    var place: String { "\(file):\(line)" }
}

/// Something in a file that its reader takes otherwise than it was meant.
struct Oddity: Equatable, Sendable {
    var message: String
    var place: String
}

extension Sequence<Setting> {
    /// The one that counts: the last.
    func last(named name: String) -> Setting? {
        reduce(nil) { $1.name == name ? $1 : $0 }
    }
}

extension StringProtocol {
    /// Without blanks at both ends.
    var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        var rest = self[...]
        while let first = rest.first, isBlank(first) { rest = rest.dropFirst() }
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return String(rest)
    }

    /// Lines with their numbers from 1; both kinds of line ends. The carriage return stays.
    var numberedLines: [(number: Int, text: String)] {
        var lines: [(Int, String)] = []
        var number = 1
        for bytes in utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            lines.append((number, String(decoding: Array(bytes), as: UTF8.self)))
            number += 1
        }
        return lines
    }
}
