public import Wire

/// What a target's text says, as Go reads it. Pure.
public enum ProbedHost {
    /// `HOST:PORT`, IPv6 in brackets (`net.SplitHostPort`).
    /// - Parameter named: the port of a service's name; nil for none.
    /// - Returns: nil where there is no port or it is none.
    public static func split(
        _ text: String,
        named: (String) -> UInt16? = { _ in nil }
    ) -> (host: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let (before, after) = (text[..<colon], text[text.index(after: colon)...])
        let isNumber = after.utf8.allSatisfy { (48...57).contains($0) }
        guard let port = isNumber ? UInt16(after) : named(String(after)) else { return nil }
        if before.first == "[" {
            guard before.last == "]" else { return nil }
            return (String(before.dropFirst().dropLast()), port)
        }
        guard !before.contains(":"), !before.contains("]") else { return nil }
        return (String(before), port)
    }

    /// The address that is probed: of the family that is preferred the first, else the last of the other. That it is the
    /// last is blackbox_exporter's way.
    public static func choose(_ addresses: [IPAddress], _ preference: FamilyPreference) -> IPAddress? {
        let fitting = addresses.first { $0.isIPv4 != preference.prefersIPv6 }
        return fitting ?? (preference.fallsBack ? addresses.last : nil)
    }

    /// FNV-1a of the address's bytes, 32 bits.
    public static func hash(_ address: IPAddress) -> Double {
        var bytes: [UInt8] = []
        func add<Number: FixedWidthInteger>(_ value: Number) {
            for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
            }
        }
        switch address {
        case .v4(let value): add(value.rawValue)
        case .v6(let value):
            add(value.high)
            add(value.low)
        }
        return Double(bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 })
    }
}
