/// A small reader of the protobuf wire format, apart from the writer.
struct ProtobufMessage {
    enum Value: Equatable {
        case number(UInt64)
        case double(Double)
        case bytes([UInt8])
    }

    struct Malformed: Error {}

    private(set) var fields: [(number: Int, value: Value)] = []

    init(_ content: some Sequence<UInt8>) throws {
        var bytes = Array(content)[...]
        while !bytes.isEmpty {
            let tag = try Self.varint(&bytes)
            fields.append((Int(tag >> 3), try Self.value(&bytes, wireType: tag & 7)))
        }
    }

    /// Messages that each follow their length.
    static func delimited(_ content: [UInt8]) throws -> [ProtobufMessage] {
        var bytes = content[...]
        var messages: [ProtobufMessage] = []
        while !bytes.isEmpty {
            guard case .bytes(let message) = try value(&bytes, wireType: 2) else { throw Malformed() }
            messages.append(try ProtobufMessage(message))
        }
        return messages
    }

    static func varint(_ bytes: inout ArraySlice<UInt8>) throws -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard let byte = bytes.popFirst() else { throw Malformed() }
            result |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return result }
        }
        throw Malformed()
    }

    private static func value(_ bytes: inout ArraySlice<UInt8>, wireType: UInt64) throws -> Value {
        switch wireType {
        case 0: return .number(try varint(&bytes))
        case 1:
            guard bytes.count >= 8 else { throw Malformed() }
            let pattern = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            bytes = bytes.dropFirst(8)
            return .double(Double(bitPattern: pattern))
        case 2:
            let count = Int(try varint(&bytes))
            guard bytes.count >= count else { throw Malformed() }
            defer { bytes = bytes.dropFirst(count) }
            return .bytes(Array(bytes.prefix(count)))
        default: throw Malformed()
        }
    }

    func string(_ number: Int) -> String? {
        for case (number, .bytes(let bytes)) in fields { return String(decoding: bytes, as: UTF8.self) }
        return nil
    }

    func number(_ number: Int) -> UInt64? {
        for case (number, .number(let value)) in fields { return value }
        return nil
    }

    func double(_ number: Int) -> Double? {
        for case (number, .double(let value)) in fields { return value }
        return nil
    }

    func messages(_ number: Int) throws -> [ProtobufMessage] {
        try fields.compactMap { field in
            guard field.number == number, case .bytes(let bytes) = field.value else { return nil }
            return try ProtobufMessage(bytes)
        }
    }

    /// Signed numbers packed into one field.
    func packedSigned(_ number: Int) throws -> [Int64] {
        var result: [Int64] = []
        for case (number, .bytes(let content)) in fields {
            var bytes = content[...]
            while !bytes.isEmpty { result.append(Self.signed(try Self.varint(&bytes))) }
        }
        return result
    }

    static func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
}
