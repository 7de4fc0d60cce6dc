/// A domain name (RFC 1035 §3.1). Names that differ in the case of ASCII letters alone are equal (RFC 4343); the case
/// itself is kept, since some servers and guards against forgery look at it.
public struct DNSName: Sendable {
    /// Labels, each behind its length, and the root's zero: what an uncompressed message holds.
    public let encoded: [UInt8]

    public static let root = DNSName(encoded: [0])

    init(encoded: [UInt8]) {
        self.encoded = encoded
    }

    /// Reads the name at `position` of a whole message and moves behind it.
    init(at position: inout Int, in bytes: RawSpan) throws(WireError) {
        var walk = DNSNameWalk(at: position)
        var encoded: [UInt8] = []
        while let label = try walk.next(in: bytes) {
            encoded.append(UInt8(truncatingIfNeeded: label.count))
            for index in label { encoded.append(bytes.uint8(at: index)) }
        }
        encoded.append(0)
        position = walk.end ?? position
        self.encoded = encoded
    }

    /// The labels' bytes from the leftmost to the one before the root.
    public var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var position = 0
        while position < encoded.count, encoded[position] != 0 {
            let end = position + 1 + Int(encoded[position])
            labels.append(encoded[position + 1..<end])
            position = end
        }
        return labels
    }

    /// True for the name itself and all below it.
    public func isInside(_ ancestor: DNSName) -> Bool {
        let (own, other) = (labels, ancestor.labels)
        guard own.count >= other.count else { return false }
        return zip(own.reversed(), other.reversed()).allSatisfy { left, right in
            left.elementsEqual(right) { foldedASCII($0) == foldedASCII($1) }
        }
    }
}

extension DNSName: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        // The lengths of labels are below 64 and no letters.
        left.encoded.elementsEqual(right.encoded) { foldedASCII($0) == foldedASCII($1) }
    }

    public func hash(into hasher: inout Hasher) {
        for byte in encoded { hasher.combine(foldedASCII(byte)) }
    }
}

extension DNSName: LosslessStringConvertible {
    /// Reads the form of zone files (RFC 1035 §5.1): labels between dots, a final dot or none, `\.` and `\032` for
    /// what a label may not show. ASCII only; `.` is the root.
    public init?(_ text: some StringProtocol) {
        var encoded: [UInt8] = []
        var label: [UInt8] = []
        var rest = Array(text.utf8)[...]
        if rest.elementsEqual([UInt8(ascii: ".")]) { rest = [] } else if rest.isEmpty { return nil }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: ".") {
                guard !label.isEmpty else { return nil }
                encoded.append(UInt8(truncatingIfNeeded: label.count))
                encoded += label
                label = []
                continue
            }
            guard byte < 0x80 else { return nil }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = Self.popEscaped(&rest) else { return nil }
                label.append(escaped)
            } else {
                label.append(byte)
            }
            guard label.count <= 63 else { return nil }
        }
        if !label.isEmpty {
            encoded.append(UInt8(truncatingIfNeeded: label.count))
            encoded += label
        }
        encoded.append(0)
        guard encoded.count <= DNSNameWalk.maximumLength else { return nil }
        self.encoded = encoded
    }

    /// What stands behind a backslash: three decimal digits or the character itself.
    private static func popEscaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        let digits = rest.prefix(3).map { Int($0) - 0x30 }
        guard let first = digits.first else { return nil }
        guard (0...9).contains(first) else { return rest.popFirst().flatMap { $0 < 0x80 ? $0 : nil } }
        guard digits.count == 3, digits.allSatisfy((0...9).contains) else { return nil }
        rest = rest.dropFirst(3)
        return UInt8(exactly: digits.reduce(0) { $0 * 10 + $1 })
    }

    /// Without the final dot; the root is `.`.
    public var description: String {
        let labels = labels
        return labels.isEmpty ? "." : labels.map(Self.text).joined(separator: ".")
    }

    private static func text(of label: ArraySlice<UInt8>) -> String {
        var text = ""
        for byte in label {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
            case 0x21...0x7E: text.unicodeScalars.append(UnicodeScalar(byte))
            default: text += "\\" + (byte < 100 ? byte < 10 ? "00" : "0" : "") + String(byte)
            }
        }
        return text
    }
}

extension DNSName {
    /// The name whose `PTR` record names an address: below `in-addr.arpa` (RFC 1035 §3.5) or `ip6.arpa` (RFC 3596 §2.5).
    public init(reverseOf address: IPAddress) {
        var encoded: [UInt8] = []
        func append(_ label: some Sequence<UInt8>) {
            let bytes = Array(label)
            encoded.append(UInt8(truncatingIfNeeded: bytes.count))
            encoded += bytes
        }
        switch address {
        case .v4(let address):
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                append(String(address.rawValue >> shift & 255).utf8)
            }
            append("in-addr".utf8)
        case .v6(let address):
            for half in [address.low, address.high] {
                for shift in stride(from: UInt64(0), to: 64, by: 4) {
                    append(String(half >> shift & 15, radix: 16).utf8)
                }
            }
            append("ip6".utf8)
        }
        append("arpa".utf8)
        encoded.append(0)
        self.encoded = encoded
    }
}
