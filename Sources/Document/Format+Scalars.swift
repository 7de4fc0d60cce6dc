extension Format where Value == String {
    /// Any text that is not empty.
    public static var text: Self {
        scalar("a text") { text throws(ScalarError) in
            guard !text.isEmpty else { throw ScalarError("the text is empty") }
            return text
        }
    }
}

extension Format where Value == Bool {
    /// `true` or `false`; `yes`, `no`, `on` and `off` are texts.
    public static var boolean: Self {
        scalar("true or false", takesQuotes: false) { text throws(ScalarError) in
            switch text {
            case "true": return true
            case "false": return false
            default: throw ScalarError("\(quoted(text)) is neither true nor false")
            }
        }
    }
}

extension Format where Value == Int {
    /// A whole number in decimal digits; a leading zero is refused, since it reads as octal elsewhere.
    public static func integer(_ range: ClosedRange<Int>) -> Self {
        let isSingle = range.lowerBound == range.upperBound
        let allowed =
            isSingle ? "\(range.lowerBound)" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return scalar("a whole number", allowed: allowed, takesQuotes: false) { text throws(ScalarError) in
            let digits = text.first == "-" ? text.dropFirst() : Substring(text)
            let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
            guard isNumber, digits.count == 1 || digits.first != "0" else {
                throw ScalarError("\(quoted(text)) is no whole number")
            }
            guard let value = Int(text), range.contains(value) else {
                throw ScalarError("\(quoted(text)) is out of range")
            }
            return value
        }
    }
}

extension Format where Value == Double {
    /// A decimal number.
    public static func number(_ range: ClosedRange<Double>, allowed: String) -> Self {
        scalar("a number", allowed: allowed, takesQuotes: false) { text throws(ScalarError) in
            guard let value = decimal(text) else { throw ScalarError("\(quoted(text)) is no number") }
            guard range.contains(value) else { throw ScalarError("\(quoted(text)) is out of range") }
            return value
        }
    }

    /// `5%` as 0.05; from 0 % to 100 %.
    public static var percentage: Self {
        scalar("a percentage", allowed: "a percentage from 0% to 100%, such as 5%") { text throws(ScalarError) in
            guard text.last == "%", let value = decimal(text.dropLast()) else {
                throw ScalarError("\(quoted(text)) is no percentage")
            }
            guard (0...100).contains(value) else { throw ScalarError("\(quoted(text)) is out of range") }
            return value / 100
        }
    }

    /// Digits with at most one point between them; no sign, exponent, infinity.
    private static func decimal(_ text: some StringProtocol) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
        guard (1...2).contains(parts.count), areDigits, text.utf8.count <= 32 else { return nil }
        return Double(String(text))
    }
}

extension Format where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of an enumeration.
    public static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        return scalar("one word", allowed: names.joined(separator: ", ")) { text throws(ScalarError) in
            guard let value = Value(rawValue: text) else {
                let hint = Suggestion.nearest(to: text, among: names).map { "; did you mean \($0)?" } ?? ""
                throw ScalarError("\(quoted(text)) is not known here\(hint)")
            }
            return value
        }
    }
}

extension Format where Value == Int64 {
    /// A moment of RFC 3339 in nanoseconds since 1970-01-01T00:00:00Z; the seconds may be left out.
    public static var moment: Self {
        scalar("a time", allowed: "a time with its zone such as 2026-12-05T01:00:00+09:00") {
            text throws(ScalarError) in
            guard let moment = Timestamp.nanoseconds(text) else { throw ScalarError("\(quoted(text)) is no time") }
            return moment
        }
    }
}
