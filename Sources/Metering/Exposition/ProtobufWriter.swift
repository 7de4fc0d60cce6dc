/// As much of the protobuf wire format as the exposition needs: fields of a message, appended to a buffer.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Small magnitudes of either sign become small numbers.
    mutating func append(zigzag value: Int64) {
        append(varint: UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    mutating func append(_ content: [UInt8]) { bytes += content }

    private mutating func tag(_ field: UInt8, _ wireType: UInt8) {
        append(varint: UInt64(field) << 3 | UInt64(wireType))
    }

    mutating func field(_ number: UInt8, varint value: UInt64) {
        tag(number, 0)
        append(varint: value)
    }

    mutating func field(_ number: UInt8, zigzag value: Int64) {
        tag(number, 0)
        append(zigzag: value)
    }

    mutating func field(_ number: UInt8, double value: Double) {
        tag(number, 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
    }

    mutating func field(_ number: UInt8, bytes content: some Collection<UInt8>) {
        tag(number, 2)
        append(varint: UInt64(content.count))
        bytes += content
    }

    mutating func field(_ number: UInt8, string: String) {
        field(number, bytes: string.utf8)
    }
}
