extension Duration {
    /// Whole nanoseconds; durations of more than 292 years are clamped.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// Seconds as metrics show them.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    /// Reads `100ms`, `1s`, `5m`, `1h30m`, `1.5s`: a number and a unit (`ns us µs ms s m h d`), one or more times.
    public init?(parsing text: some StringProtocol) {
        var rest = Substring(text)
        var total: Double = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let scale = Self.nanosecondsPerUnit[String(unit)] else { return nil }
            total += value * scale
        }
        guard total <= 9e18 else { return nil }
        self = .nanoseconds(Int64(total.rounded()))
    }

    /// The shortest exact form with one unit: `800ms`, `75s`, `5m`, `1h`.
    public var text: String {
        let value = nanoseconds
        guard value != 0 else { return "0s" }
        let units: [(Int64, String)] = [
            (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"),
        ]
        for (scale, unit) in units where value % scale == 0 {
            return "\(value / scale)\(unit)"
        }
        return "\(value)ns"
    }

    /// Seconds with three decimals, rounded: `1.234`, `-0.250`.
    public var secondsText: String { decimal(thousandth: 1_000_000) }

    /// Milliseconds with three decimals, rounded: `3.250`.
    public var millisecondsText: String { decimal(thousandth: 1_000) }

    private func decimal(thousandth: UInt64) -> String {
        let value = nanoseconds
        // Divided before it is rounded, so that nothing overflows.
        let (quotient, remainder) = value.magnitude.quotientAndRemainder(dividingBy: thousandth)
        let count = quotient + (remainder >= thousandth / 2 ? 1 : 0)
        let fraction = String(count % 1000 + 1000).dropFirst()
        return "\(value < 0 && count > 0 ? "-" : "")\(count / 1000).\(fraction)"
    }

    private static let nanosecondsPerUnit: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86400e9,
    ]
}
