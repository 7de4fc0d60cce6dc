/// One entry of an MPLS label stack (RFC 3032 §2.1).
public struct MPLSLabel: Hashable, Sendable {
    /// 20 bits.
    public var label: UInt32
    /// Three bits, once called "experimental" (RFC 5462).
    public var trafficClass: UInt8
    public var isBottom: Bool
    public var ttl: UInt8

    public init(label: UInt32, trafficClass: UInt8 = 0, isBottom: Bool = false, ttl: UInt8) {
        self.label = label
        self.trafficClass = trafficClass
        self.isBottom = isBottom
        self.ttl = ttl
    }

    init(rawValue: UInt32) {
        label = rawValue >> 12
        trafficClass = UInt8(truncatingIfNeeded: rawValue >> 9) & 7
        isBottom = rawValue & 0x100 != 0
        ttl = UInt8(truncatingIfNeeded: rawValue)
    }

    var rawValue: UInt32 {
        (label & 0xF_FFFF) << 12 | UInt32(trafficClass & 7) << 9 | (isBottom ? 0x100 : 0) | UInt32(ttl)
    }
}

/// The label stack that a router reports (RFC 4950); the first eight entries, held without allocation.
public struct MPLSStack: Sendable {
    public static let capacity = 8

    private var entries = InlineArray<8, UInt32>(repeating: 0)
    public private(set) var count = 0
    /// Entries of the report beyond these.
    public private(set) var further = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// Outermost label first.
    public var labels: [MPLSLabel] { (0..<count).map { MPLSLabel(rawValue: entries[$0]) } }

    mutating func append(_ rawValue: UInt32) {
        guard count < Self.capacity else { return further += 1 }
        entries[count] = rawValue
        count += 1
    }
}

extension MPLSStack: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count, left.further == right.further else { return false }
        for index in 0..<left.count where left.entries[index] != right.entries[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        hasher.combine(further)
        for index in 0..<count { hasher.combine(entries[index]) }
    }
}

/// What follows the quote of an ICMP error (RFC 4884).
public struct ICMPExtensions: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case absent
        case valid
        /// Wrong version, checksum or object length; what was read before is kept.
        case malformed
    }

    public private(set) var state: State
    public private(set) var mpls = MPLSStack()
    /// Interfaces that the router names (RFC 5837), at most `interfaceCapacity`; none costs no allocation.
    public private(set) var interfaces: [ICMPInterface] = []

    /// One for each role.
    public static let interfaceCapacity = 4

    static let none = ICMPExtensions()

    private init() { state = .absent }

    /// `bytes` start at the extension header. `strict` where no length field vouches for it (RFC 4884 §5.5): then
    /// anything but a whole and checked structure is taken for more of the quote.
    init(decoding bytes: RawSpan, strict: Bool) {
        state = .absent
        guard bytes.byteCount >= 4, bytes.uint8(at: 0) >> 4 == 2 else {
            if !strict, bytes.byteCount > 0 { state = .malformed }
            return
        }
        var sum = InternetChecksum()
        sum.add(bytes)
        let isUnchecked = bytes.uint16(at: 2) == 0
        guard sum.isValid || (isUnchecked && !strict) else {
            if !strict { state = .malformed }
            return
        }
        state = .valid
        readObjects(bytes)
    }

    private mutating func readObjects(_ bytes: RawSpan) {
        var position = 4
        while position < bytes.byteCount {
            guard bytes.byteCount - position >= 4 else { return state = .malformed }
            let length = Int(bytes.uint16(at: position))
            guard length >= 4, length <= bytes.byteCount - position else { return state = .malformed }
            let body = bytes.extracting(position + 4..<position + length)
            let type = bytes.uint8(at: position + 3)
            switch (bytes.uint8(at: position + 2), type) {
            case (1, 1): readLabels(body)
            case (2, _) where interfaces.count < Self.interfaceCapacity:
                guard let interface = ICMPInterface(type: type, decoding: body) else { return state = .malformed }
                interfaces.append(interface)
            default: break
            }
            position += length
        }
    }

    private mutating func readLabels(_ bytes: RawSpan) {
        for index in 0..<bytes.byteCount / 4 {
            let value = bytes.uint32(at: index * 4)
            mpls.append(value)
            if value & 0x100 != 0 { return }
        }
    }
}
