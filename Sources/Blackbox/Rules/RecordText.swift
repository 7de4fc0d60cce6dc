public import Wire

/// Records as the regular expressions of a module meet them: `name. TTL CLASS TYPE data`, with tabs between (miekg/dns,
/// after RFC 1035 §5.1). Pure.
public enum RecordText {
    public static func text(_ record: DNSRecord) -> String {
        let type = record.type.description
        return "\(absolute(record.name))\t\(record.ttl)\t\(className(record.recordClass))\t\(type)\t\(data(record))"
    }

    /// With the dot of the root.
    private static func absolute(_ name: DNSName) -> String {
        let text = name.description
        return text.hasSuffix(".") ? text : text + "."
    }

    private static func className(_ number: DNSClass) -> String {
        switch number.rawValue {
        case 1: "IN"
        case 2: "CS"
        case 3: "CH"
        case 4: "HS"
        case 254: "NONE"
        case 255: "ANY"
        default: "CLASS\(number.rawValue)"
        }
    }

    private static func data(_ record: DNSRecord) -> String {
        switch record.data {
        case .a(let address): "\(address)"
        case .aaaa(let address):
            address.isMapped ? "\(IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.low)))" : "\(address)"
        case .cname(let name), .ns(let name), .ptr(let name): absolute(name)
        case .mx(let preference, let exchange): "\(preference) \(absolute(exchange))"
        case .soa(let soa):
            "\(absolute(soa.primary)) \(absolute(soa.mailbox)) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .srv(let priority, let weight, let port, let target): "\(priority) \(weight) \(port) \(absolute(target))"
        case .txt(let strings): strings.map(quoted).joined(separator: " ")
        case .other(let type, let bytes) where type == .txt: strings(bytes).map(quoted).joined(separator: " ")
        case .other(let type, let bytes) where type.rawValue == 257: authorization(bytes) ?? generic(bytes)
        case .other(let type, let bytes) where [64, 65].contains(type.rawValue):
            ServiceBindingText.text(bytes) ?? generic(bytes)
        case .other(_, let bytes): generic(bytes)
        }
    }

    /// RFC 3597 §5.
    private static func generic(_ bytes: [UInt8]) -> String {
        "\\# \(bytes.count) \(bytes.map(hexadecimal).joined())"
    }

    /// CAA (RFC 8659 §4.1.1); nil where the data are none.
    private static func authorization(_ bytes: [UInt8]) -> String? {
        guard bytes.count >= 2, bytes.count >= 2 + Int(bytes[1]) else { return nil }
        let tag = bytes[2..<2 + Int(bytes[1])]
        guard !tag.isEmpty, tag.allSatisfy({ (33...126).contains($0) }) else { return nil }
        return "\(bytes[0]) \(String(decoding: tag, as: UTF8.self)) \(quoted(Array(bytes[(2 + tag.count)...])))"
    }

    /// Text of other classes than IN has the same form.
    private static func strings(_ bytes: [UInt8]) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        var rest = bytes[...]
        while let length = rest.popFirst() {
            strings.append(Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return strings
    }

    private static func quoted(_ bytes: [UInt8]) -> String {
        var result = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += "\\" + String(Character(Unicode.Scalar(byte)))
            case 32...126: result.append(Character(Unicode.Scalar(byte)))
            default: result += "\\" + String(1000 + Int(byte)).dropFirst()
            }
        }
        return result + "\""
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.utf8.count < 2 ? "0" + digits : digits
    }
}

extension IPv6Address {
    /// RFC 4291 §2.5.5.2.
    fileprivate var isMapped: Bool { high == 0 && low >> 32 == 0xFFFF }
}
