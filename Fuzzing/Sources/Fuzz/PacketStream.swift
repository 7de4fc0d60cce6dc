/// Packets as a fuzzer's input holds them: a length in two bytes, a step in time, then the packet. Every input is some
/// sequence of packets, and a change of one leaves the others what they are.
struct PacketStream {
    static let headerLength = 4
    static let longest = 0x3FF

    private var position: Int
    private(set) var time: Int64 = 1_700_000_000_000_000_000

    init(from start: Int) {
        position = start
    }

    /// The next packet: where it lies, and its length on the wire.
    mutating func next(in bytes: RawSpan) -> (range: Range<Int>, wireLength: Int)? {
        guard position + Self.headerLength <= bytes.byteCount else { return nil }
        let length = Int(bytes.byte(at: position)) | Int(bytes.byte(at: position + 1)) << 8
        // Back in time as well as ahead, by up to centuries.
        let step = Int64(Int8(bitPattern: bytes.byte(at: position + 2)))
        time &+= step << Int64(bytes.byte(at: position + 3) & 63)
        let start = position + Self.headerLength
        let end = min(start + length & Self.longest, bytes.byteCount)
        position = end
        // What the upper bits tell was cut off.
        return (start..<end, end - start + (length >> 10) * 16)
    }

    /// The input that holds these packets, a millisecond apart.
    static func encoded(_ packets: [[UInt8]]) -> [UInt8] {
        packets.flatMap { packet in
            let kept = packet.prefix(longest)
            return [UInt8(kept.count & 255), UInt8(kept.count >> 8), 1, 20] + kept
        }
    }
}

extension RawSpan {
    /// The byte at an offset that lies inside.
    func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
