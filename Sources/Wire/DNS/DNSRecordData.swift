/// The data of a record, by its type.
public enum DNSRecordData: Hashable, Sendable {
    /// RFC 1035 §3.4.1.
    case a(IPv4Address)
    /// RFC 3596 §2.2.
    case aaaa(IPv6Address)
    case cname(DNSName)
    case ns(DNSName)
    case ptr(DNSName)
    case mx(preference: UInt16, exchange: DNSName)
    case soa(DNSStartOfAuthority)
    /// RFC 2782.
    case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    /// Strings of at most 255 bytes each (RFC 1035 §3.3.14).
    case txt([[UInt8]])
    /// Of any other type or class, uninterpreted.
    case other(type: DNSRecordType, [UInt8])

    public var type: DNSRecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .cname: .cname
        case .ns: .ns
        case .ptr: .ptr
        case .mx: .mx
        case .soa: .soa
        case .srv: .srv
        case .txt: .txt
        case .other(let type, _): type
        }
    }

    /// `range` holds the data in the whole message, since names in it may point out of it.
    /// - Throws: data whose length is not that of its type; a bad name.
    init(type: DNSRecordType, recordClass: DNSClass, at range: Range<Int>, in bytes: RawSpan) throws(WireError) {
        // Addresses of other classes have other forms, as CHAOS has.
        guard recordClass == .internet else {
            self = .other(type: type, bytes.array(range))
            return
        }
        // What a name in the data points at lies before it; what it is made of may not reach behind the data.
        let message = bytes.extracting(0..<range.upperBound)
        var position = range.lowerBound
        switch type {
        case .a:
            try Self.require(range.count == 4, range)
            self = .a(IPv4Address(rawValue: bytes.uint32(at: position)))
            return
        case .aaaa:
            try Self.require(range.count == 16, range)
            self = .aaaa(bytes.ipv6Address(at: position))
            return
        case .cname: self = .cname(try DNSName(at: &position, in: message))
        case .ns: self = .ns(try DNSName(at: &position, in: message))
        case .ptr: self = .ptr(try DNSName(at: &position, in: message))
        case .mx:
            try Self.require(range.count >= 3, range)
            position += 2
            let exchange = try DNSName(at: &position, in: message)
            self = .mx(preference: bytes.uint16(at: range.lowerBound), exchange: exchange)
        case .soa: self = .soa(try DNSStartOfAuthority(at: &position, in: message))
        case .srv:
            try Self.require(range.count >= 7, range)
            position += 6
            let target = try DNSName(at: &position, in: message)
            self = .srv(
                priority: bytes.uint16(at: range.lowerBound),
                weight: bytes.uint16(at: range.lowerBound + 2),
                port: bytes.uint16(at: range.lowerBound + 4),
                target: target
            )
        case .txt:
            self = .txt(try Self.strings(&position, in: message))
        default:
            self = .other(type: type, bytes.array(range))
            return
        }
        try Self.require(position == range.upperBound, range)
    }

    private static func require(_ condition: Bool, _ range: Range<Int>) throws(WireError) {
        guard condition else { throw WireError.invalid(.dns, .recordLength, range.count) }
    }

    private static func strings(_ position: inout Int, in message: RawSpan) throws(WireError) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        while position < message.byteCount {
            let end = position + 1 + Int(message.uint8(at: position))
            try message.require(end, .dns)
            strings.append(message.array(position + 1..<end))
            position = end
        }
        return strings
    }
}

extension DNSRecordData {
    var encodedLength: Int {
        switch self {
        case .a: 4
        case .aaaa: 16
        case .cname(let name), .ns(let name), .ptr(let name): name.encoded.count
        case .mx(_, let exchange): 2 + exchange.encoded.count
        case .soa(let soa): soa.primary.encoded.count + soa.mailbox.encoded.count + 20
        case .srv(_, _, _, let target): 6 + target.encoded.count
        case .txt(let strings): strings.reduce(0) { $0 + 1 + min($1.count, 255) }
        case .other(_, let bytes): bytes.count
        }
    }

    /// Names are written whole, without pointers.
    func write(to writer: inout ByteWriter) {
        switch self {
        case .a(let address): writer.put(.v4(address))
        case .aaaa(let address): writer.put(.v6(address))
        case .cname(let name), .ns(let name), .ptr(let name): writer.put(name.encoded)
        case .mx(let preference, let exchange):
            writer.put(preference)
            writer.put(exchange.encoded)
        case .soa(let soa): soa.write(to: &writer)
        case .srv(let priority, let weight, let port, let target):
            writer.put(priority)
            writer.put(weight)
            writer.put(port)
            writer.put(target.encoded)
        case .txt(let strings):
            for string in strings {
                writer.put(UInt8(truncatingIfNeeded: min(string.count, 255)))
                writer.put(Array(string.prefix(255)))
            }
        case .other(_, let bytes): writer.put(bytes)
        }
    }
}

/// The data of an `SOA` record (RFC 1035 §3.3.13).
public struct DNSStartOfAuthority: Hashable, Sendable {
    public var primary: DNSName
    /// A mail address with its `@` as the first dot.
    public var mailbox: DNSName
    public var serial: UInt32
    /// Seconds, like all that follow.
    public var refresh: UInt32
    public var retry: UInt32
    public var expire: UInt32
    /// How long it may be remembered that a name does not exist (RFC 2308 §4).
    public var minimum: UInt32

    public init(
        primary: DNSName,
        mailbox: DNSName,
        serial: UInt32,
        refresh: UInt32,
        retry: UInt32,
        expire: UInt32,
        minimum: UInt32
    ) {
        self.primary = primary
        self.mailbox = mailbox
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }

    init(at position: inout Int, in message: RawSpan) throws(WireError) {
        primary = try DNSName(at: &position, in: message)
        mailbox = try DNSName(at: &position, in: message)
        try message.require(position + 20, .dns)
        serial = message.uint32(at: position)
        refresh = message.uint32(at: position + 4)
        retry = message.uint32(at: position + 8)
        expire = message.uint32(at: position + 12)
        minimum = message.uint32(at: position + 16)
        position += 20
    }

    func write(to writer: inout ByteWriter) {
        writer.put(primary.encoded)
        writer.put(mailbox.encoded)
        for value in [serial, refresh, retry, expire, minimum] { writer.put(value) }
    }
}
