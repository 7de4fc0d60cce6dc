import Wire

/// Ethernet frames, built from the outside in.
struct Frame {
    var bytes: [UInt8]

    /// A frame of EtherType `type`, with the tags of `vlans` from the outside in.
    static func ethernet(_ type: UInt16, vlans: [UInt16] = [], _ body: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 2, count: 12)
        for vlan in vlans { bytes += big(UInt16(0x8100)) + big(vlan) }
        return bytes + big(type) + body
    }

    static func ipv4(
        _ source: IPv4Address,
        _ destination: IPv4Address,
        _ number: UInt8,
        id: UInt16,
        _ body: [UInt8]
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x45, 0] + big(UInt16(20 + body.count)) + big(id) + [0x40, 0, 64, number, 0, 0]
        bytes += big(source.rawValue) + big(destination.rawValue)
        return bytes + body
    }

    static func udp(_ source: UInt16, _ destination: UInt16, _ body: [UInt8]) -> [UInt8] {
        big(source) + big(destination) + big(UInt16(8 + body.count)) + [0, 0] + body
    }

    static func big<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<Value.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
    }
}

/// A TCP segment of one of two ends, `a` (10.0.0.1:1000) and `b` (10.0.0.2:80).
struct Segment {
    var isFromA = true
    var sequence: UInt32 = 0
    var acknowledgement: UInt32?
    var flags: TCPFlags = []
    var length = 0
    var timestamps: (value: UInt32, echo: UInt32)?
    var block: Range<UInt32>?
    var window: UInt16 = 1000
    var id: UInt16 = 0
    var vlans: [UInt16] = []
    var port: UInt16 = 1000

    static func a(_ sequence: UInt32, ack: UInt32? = nil, _ flags: TCPFlags = [], length: Int = 0) -> Self {
        Self(isFromA: true, sequence: sequence, acknowledgement: ack, flags: flags, length: length)
    }

    static func b(_ sequence: UInt32, ack: UInt32? = nil, _ flags: TCPFlags = [], length: Int = 0) -> Self {
        Self(isFromA: false, sequence: sequence, acknowledgement: ack, flags: flags, length: length)
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    /// With a SACK block.
    func selecting(_ block: Range<UInt32>) -> Self { with { $0.block = block } }

    func stamped(_ value: UInt32, echo: UInt32) -> Self { with { $0.timestamps = (value, echo) } }

    var frame: [UInt8] {
        let (a, b) = (IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2))
        let set = acknowledgement == nil ? flags : flags.union(.ack)
        var tcp = Frame.big(isFromA ? port : 80) + Frame.big(isFromA ? 80 : port)
        tcp += Frame.big(sequence) + Frame.big(acknowledgement ?? 0)
        let words: UInt8 = 5 + (timestamps == nil ? 0 : 3) + (block == nil ? 0 : 3)
        tcp += [words << 4, set.rawValue] + Frame.big(window) + [0, 0, 0, 0]
        if let timestamps { tcp += [1, 1, 8, 10] + Frame.big(timestamps.value) + Frame.big(timestamps.echo) }
        if let block { tcp += [1, 1, 5, 10] + Frame.big(block.lowerBound) + Frame.big(block.upperBound) }
        tcp += [UInt8](repeating: 0, count: length)
        return Frame.ethernet(0x0800, vlans: vlans, Frame.ipv4(isFromA ? a : b, isFromA ? b : a, 6, id: id, tcp))
    }
}
