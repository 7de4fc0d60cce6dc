internal import Document

/// Scalars as Go's YAML decoder takes them for its types.
extension Format where Value == String {
    /// Any single value; `${1}` stands for a group, not for a variable.
    static var goText: Self {
        scalar("a text", takesVariables: true) { text throws(ScalarError) in text }
    }
}

extension Format where Value == Bool {
    static var goBool: Self {
        scalar("true or false", takesQuotes: false) { text throws(ScalarError) in
            switch text.lowercased() {
            case "true", "yes", "on", "y": return true
            case "false", "no", "off", "n": return false
            default: throw ScalarError("\(quoted(text)) is neither true nor false")
            }
        }
    }
}

extension Format where Value == Duration {
    /// `5s`, `1m30s`, `1.5h` (Go's `time.ParseDuration`).
    static var goDuration: Self {
        scalar("a duration", allowed: "a duration such as 500ms, 5s or 1m30s") { text throws(ScalarError) in
            guard let seconds = seconds(text), seconds <= 86_400 else {
                throw ScalarError("\(quoted(text)) is no duration, or longer than a day")
            }
            return .nanoseconds(Int64(seconds * 1e9))
        }
    }

    private static let units: [(String, Double)] = [
        ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("s", 1), ("m", 60), ("h", 3600),
    ]

    private static func seconds(_ text: String) -> Double? {
        if text == "0" { return 0 }
        var rest = Substring(text)
        var sum = 0.0
        guard !rest.isEmpty, rest.utf8.count < 64 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard let number = Double(String(digits)) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let unit = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
            rest = rest.dropFirst(unit.0.count)
            sum += number * unit.1
        }
        return sum
    }
}

extension Format where Value == Int {
    /// `128B`, `1.5KB`, `1MiB`; a thousand is 1024 (`units.Base2Bytes`).
    static var goSize: Self {
        scalar("a size", allowed: "a size such as 128B, 1.5KB or 1MiB") { text throws(ScalarError) in
            let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
            let units = ["B": 0, "KB": 10, "KiB": 10, "MB": 20, "MiB": 20, "GB": 30, "GiB": 30, "TB": 40, "TiB": 40]
            guard let number = Double(String(digits)), let shift = units[String(text.dropFirst(digits.count))],
                let size = Int(exactly: (number * Double(1 << shift)).rounded(.down))
            else { throw ScalarError("\(quoted(text)) is no size") }
            return size
        }
    }
}

extension Format where Value == RegularExpression {
    static var expression: Self {
        scalar("a regular expression", takesVariables: true) { text throws(ScalarError) in
            do throws(RegularExpression.Mistake) {
                return try RegularExpression(text)
            } catch {
                throw ScalarError("\(quoted(text)) is no regular expression (RE2): \(error.message)")
            }
        }
    }
}
