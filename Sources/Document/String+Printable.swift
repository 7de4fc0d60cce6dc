extension String {
    /// Foreign text as one line for a terminal: what would break the line, be obeyed or turn the direction of what follows is
    /// U+FFFD.
    public var printable: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            let isBidirectional = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            result.append(isControl || isBidirectional ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }
}
