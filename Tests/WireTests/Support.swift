import Wire

/// `"45 00"` as bytes; blanks are free. A letter that is no digit ends the reading and so fails the test.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    var bytes: [UInt8] = []
    var rest = digits[...]
    while rest.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) {
        bytes.append(byte)
        rest = rest.dropFirst(2)
    }
    return bytes
}

extension [UInt8] {
    /// Decodes from exactly these bytes.
    func decoded<Value>(_ body: (RawSpan) throws(WireError) -> Value) throws(WireError) -> Value {
        try body(span.bytes)
    }

    /// The error with which decoding ends; nil when it succeeds.
    func failure<Value>(_ body: (RawSpan) throws(WireError) -> Value) -> WireError? {
        do {
            _ = try decoded(body)
            return nil
        } catch {
            return error
        }
    }
}

/// What an encoder writes into a buffer of `room` bytes, which is filled with 0xAA before.
func written(
    room: Int = 2048,
    _ body: (UnsafeMutableRawBufferPointer) throws(WireError) -> Int
) throws(WireError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xAA, count: room)
    var count = 0
    var failure: WireError?
    bytes.withUnsafeMutableBytes { buffer in
        do throws(WireError) {
            count = try body(buffer)
        } catch {
            failure = error
        }
    }
    if let failure { throw failure }
    return Array(bytes[..<count])
}

extension InternetChecksum {
    init(over bytes: [UInt8]) {
        self.init()
        add(bytes.span.bytes)
    }
}

/// Packets that several suites share.
enum Packets {
    static let local = IPAddress.v4(IPv4Address(10, 1, 0, 4))
    static let remote = IPAddress.v4(IPv4Address(192, 0, 2, 7))
    static let local6 = IPAddress.v6(IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1))
    static let remote6 = IPAddress.v6(IPv6Address(high: 0x2001_0DB8_0000_0000, low: 0xFFFF))

    static let ipv4Header = hex("4500 0014 1234 4000 0311 9999 0a01 0004 c000 0207")
    static let udp4 = hex("c350 0035 000c ab7d 61626364")
    static let udp6 = hex("c350 0035 000c 1c17 61626364")
    static let tcp4 = hex(
        """
        9c40 01bb deadbeef 00000000 a002 faf0 f824 0000
        020405b4 0402 080a01020304a0a1a2a3 030307 01
        """
    )
    static let tcp6 = hex(
        """
        9c40 01bb deadbeef 00000000 a002 faf0 68be 0000
        020405b4 0402 080a01020304a0a1a2a3 030307 01
        """
    )
    /// Data: `ff f8` (complement of the sequence number 7) and `netprobe`.
    static let echo4 = hex("0800 8165 beef 0007 fff8 6e657470726f6265")
    static let echo6 = hex("8000 ada5 beef 0007 fff8 6e657470726f6265")

    /// The header of `ipv4Header` with `length` bytes of payload of `number` promised.
    static func ipv4(_ number: UInt8, _ payload: [UInt8], fragment: UInt16 = 0) -> [UInt8] {
        var bytes = ipv4Header
        let total = UInt16(20 + payload.count)
        bytes[2] = UInt8(total >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: total)
        bytes[6] = UInt8(fragment >> 8)
        bytes[7] = UInt8(truncatingIfNeeded: fragment)
        bytes[9] = number
        return bytes + payload
    }

    static func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        hex("6000 0000") + [UInt8(payload.count >> 8), UInt8(payload.count & 255), next, 1]
            + hex("20010db8000000000000000000000001 20010db800000000000000000000ffff") + payload
    }

    /// An ICMP error of `type` and `code` about `quote`, with its checksum.
    static func error(_ type: UInt8, _ code: UInt8, rest: [UInt8] = [0, 0, 0, 0], _ quote: [UInt8]) -> [UInt8] {
        var bytes = [type, code, 0, 0] + rest + quote
        let sum = InternetChecksum(over: bytes)
        bytes[2] = UInt8(sum.value >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: sum.value)
        return bytes
    }
}
