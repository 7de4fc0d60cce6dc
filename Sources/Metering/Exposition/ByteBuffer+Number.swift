extension [UInt8] {
    /// Decimal digits.
    mutating func append(decimal value: UInt64) {
        let start = count
        var rest = value
        repeat {
            append(UInt8(truncatingIfNeeded: rest % 10) &+ 0x30)
            rest /= 10
        } while rest > 0
        var low = start
        var high = count - 1
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    /// The shortest text that reads back as the same number: `12`, `0.25`, `5e-05`, `NaN`, `+Inf`, `-Inf`.
    mutating func append(number value: Double) {
        if value.magnitude < 0x1p53, value == value.rounded(.towardZero) {
            if value < 0 { append(UInt8(ascii: "-")) }
            append(decimal: UInt64(value.magnitude))
        } else if value.isFinite {
            append(contentsOf: value.description.utf8)
        } else {
            append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf").utf8)
        }
    }
}
