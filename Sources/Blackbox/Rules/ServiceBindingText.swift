internal import Wire

/// The data of SVCB and HTTPS records (RFC 9460 §2.1) as miekg/dns writes them. Pure.
enum ServiceBindingText {
    private static let names = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint"]

    /// - Returns: nil where the data are none, or hold a key that is not known here.
    static func text(_ bytes: [UInt8]) -> String? {
        guard let priority = number(bytes[...]) else { return nil }
        var rest = bytes[2...]
        var labels: [String] = []
        while true {
            guard let length = rest.popFirst(), length < 64, rest.count >= length else { return nil }
            if length == 0 { break }
            let label = rest.prefix(Int(length))
            guard label.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "\\") })
            else {
                return nil
            }
            labels.append(String(decoding: label, as: UTF8.self))
            rest = rest.dropFirst(Int(length))
        }
        var text = "\(priority) \(labels.map { $0 + "." }.joined())"
        if labels.isEmpty { text += "." }
        while !rest.isEmpty {
            guard let key = number(rest), let length = number(rest.dropFirst(2)), rest.count >= 4 + length,
                key < names.count, let value = value(key, Array(rest.dropFirst(4).prefix(length)))
            else { return nil }
            text += " \(names[key])=\"\(value)\""
            rest = rest.dropFirst(4 + length)
        }
        return text
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        let two = bytes.prefix(2)
        return two.count == 2 ? two.reduce(0) { $0 << 8 | Int($1) } : nil
    }

    private static func value(_ key: Int, _ bytes: [UInt8]) -> String? {
        switch key {
        case 0: list(bytes, of: 2) { number($0).map { $0 < names.count ? names[$0] : "key\($0)" } }
        case 1: protocols(bytes)
        case 2: bytes.isEmpty ? "" : nil
        case 3: bytes.count == 2 ? number(bytes[...]).map { "\($0)" } : nil
        case 4: list(bytes, of: 4) { "\(IPv4Address(rawValue: $0.reduce(0) { $0 << 8 | UInt32($1) }))" }
        case 5: Base64.encode(bytes)
        default:
            list(bytes, of: 16) { part in
                let high = part.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                let low = part.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                return "\(IPv6Address(high: high, low: low))"
            }
        }
    }

    private static func list(
        _ bytes: [UInt8],
        of size: Int,
        _ text: (ArraySlice<UInt8>) -> String?
    ) -> String? {
        guard !bytes.isEmpty, bytes.count % size == 0 else { return nil }
        let texts = stride(from: 0, to: bytes.count, by: size).compactMap { text(bytes[$0..<$0 + size]) }
        return texts.count == bytes.count / size ? texts.joined(separator: ",") : nil
    }

    private static func protocols(_ bytes: [UInt8]) -> String? {
        var names: [String] = []
        var rest = bytes[...]
        while let length = rest.popFirst() {
            guard length > 0, rest.count >= length else { return nil }
            let name = rest.prefix(Int(length))
            guard name.allSatisfy({ (33...126).contains($0) && ![34, 44, 92].contains($0) }) else { return nil }
            names.append(String(decoding: name, as: UTF8.self))
            rest = rest.dropFirst(Int(length))
        }
        return names.joined(separator: ",")
    }
}
