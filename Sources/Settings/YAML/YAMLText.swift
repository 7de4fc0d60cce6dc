import Document

/// The bytes of a file, proved to be text before any parser sees them.
enum YAMLText {
    /// Without a byte order mark; nil, with an error at the place, for what is no UTF-8 or holds control characters.
    static func checked(_ bytes: [UInt8], file: String, _ log: DiagnosticLog) -> [UInt8]? {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            log.error("the file is UTF-16", at: Mark(file: file, line: 1, column: 1), allowed: "UTF-8")
            return nil
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var place = Mark(file: file, line: 1, column: 1)
        var decoder = UTF8()
        var iterator = text.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput:
                return text
            case .error:
                log.error("the file is no valid UTF-8 here", at: place, allowed: "UTF-8 text")
                return nil
            case .scalarValue(let scalar):
                if let name = forbidden(scalar) {
                    log.error("\(name) cannot stand in the file", at: place, allowed: "UTF-8 text")
                    return nil
                }
                if scalar == "\n" {
                    place = Mark(file: file, line: place.line + 1, column: 1)
                } else {
                    place.column += 1
                }
            }
        }
    }

    private static func forbidden(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0: "a NUL byte"
        case 9, 10, 13: nil
        case 1..<0x20, 0x7F...0x9F: "the control character U+00\(hex(scalar.value))"
        default: nil
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return digits.utf8.count < 2 ? "0" + digits : digits
    }
}
