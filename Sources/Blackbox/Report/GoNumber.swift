/// Numbers as Go's text exposition writes them (`strconv.AppendFloat` with 'g' and the shortest digits): `1`, `0.25`,
/// `1.795396694e+09`.
enum GoNumber {
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
        guard value != 0 else { return "0" }
        let (digits, exponent) = shortest(value.magnitude)
        let sign = value < 0 ? "-" : ""
        // Go's bounds of the plain form for the shortest digits.
        if exponent < -4 || exponent >= 6 { return sign + scientific(digits, exponent) }
        return sign + plain(digits, exponent)
    }

    private static func scientific(_ digits: [UInt8], _ exponent: Int) -> String {
        let fraction = digits.count > 1 ? "." + String(decoding: digits.dropFirst(), as: UTF8.self) : ""
        let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        return "\(Character(Unicode.Scalar(digits[0])))\(fraction)e\(exponent < 0 ? "-" : "+")\(size)"
    }

    private static func plain(_ digits: [UInt8], _ exponent: Int) -> String {
        if exponent < 0 {
            return "0." + String(repeating: "0", count: -exponent - 1) + String(decoding: digits, as: UTF8.self)
        }
        let whole = digits.prefix(exponent + 1)
        let zeros = String(repeating: "0", count: exponent + 1 - whole.count)
        let fraction = digits.dropFirst(exponent + 1)
        return String(decoding: whole, as: UTF8.self) + zeros
            + (fraction.isEmpty ? "" : "." + String(decoding: fraction, as: UTF8.self))
    }

    /// The shortest digits that read back as the same number, without zeros at their ends, and the exponent of the first.
    private static func shortest(_ value: Double) -> (digits: [UInt8], exponent: Int) {
        var text = Array(value.description.utf8)[...]
        var exponent = 0
        if let place = text.firstIndex(where: { $0 == UInt8(ascii: "e") }) {
            exponent = Int(String(decoding: text[(place + 1)...], as: UTF8.self)) ?? 0
            text = text[..<place]
        }
        let whole = text.prefix { $0 != UInt8(ascii: ".") }
        var digits = Array(text.filter { $0 != UInt8(ascii: ".") })
        exponent += whole.count - 1
        while digits.first == UInt8(ascii: "0"), digits.count > 1 {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.last == UInt8(ascii: "0"), digits.count > 1 { digits.removeLast() }
        return (digits, exponent)
    }
}
