/// What is asked for (RFC 1035 §4.1.2).
public struct DNSQuestion: Hashable, Sendable {
    public var name: DNSName
    public var type: DNSRecordType
    public var recordClass: DNSClass

    public init(name: DNSName, type: DNSRecordType, recordClass: DNSClass = .internet) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
    }

    /// Reads the question at `position` of a whole message and moves behind it.
    init(at position: inout Int, in bytes: RawSpan) throws(WireError) {
        name = try DNSName(at: &position, in: bytes)
        try bytes.require(position + 4, .dns)
        type = DNSRecordType(rawValue: bytes.uint16(at: position))
        recordClass = DNSClass(rawValue: bytes.uint16(at: position + 2))
        position += 4
    }

    var encodedLength: Int { name.encoded.count + 4 }

    func write(to writer: inout ByteWriter) {
        writer.put(name.encoded)
        writer.put(type.rawValue)
        writer.put(recordClass.rawValue)
    }
}

/// A resource record (RFC 1035 §4.1.3).
public struct DNSRecord: Hashable, Sendable {
    public var name: DNSName
    public var type: DNSRecordType
    public var recordClass: DNSClass
    /// Seconds; a set top bit reads as 0 (RFC 2181 §8).
    public var ttl: UInt32
    public var data: DNSRecordData

    /// A record of the class `IN`; its type is that of the data.
    public init(name: DNSName, ttl: UInt32, data: DNSRecordData) {
        self.name = name
        type = data.type
        recordClass = .internet
        self.ttl = ttl
        self.data = data
    }

    /// Reads the record at `position` of a whole message and moves behind it.
    init(at position: inout Int, in bytes: RawSpan) throws(WireError) {
        name = try DNSName(at: &position, in: bytes)
        let fields = try DNSRecordFields(at: &position, in: bytes)
        type = fields.type
        recordClass = fields.recordClass
        ttl = fields.ttl >> 31 == 0 ? fields.ttl : 0
        data = try DNSRecordData(type: fields.type, recordClass: fields.recordClass, at: fields.data, in: bytes)
    }

    var encodedLength: Int { name.encoded.count + DNSRecordFields.length + data.encodedLength }

    func write(to writer: inout ByteWriter) {
        writer.put(name.encoded)
        writer.put(type.rawValue)
        writer.put(recordClass.rawValue)
        writer.put(ttl)
        writer.put(UInt16(truncatingIfNeeded: data.encodedLength))
        data.write(to: &writer)
    }
}

/// What follows a record's name: ten bytes, and where the data lies.
struct DNSRecordFields {
    static let length = 10

    var type: DNSRecordType
    var recordClass: DNSClass
    var ttl: UInt32
    var data: Range<Int>

    init(at position: inout Int, in bytes: RawSpan) throws(WireError) {
        let start = position + Self.length
        try bytes.require(start, .dns)
        type = DNSRecordType(rawValue: bytes.uint16(at: position))
        recordClass = DNSClass(rawValue: bytes.uint16(at: position + 2))
        ttl = bytes.uint32(at: position + 4)
        let end = start + Int(bytes.uint16(at: position + 8))
        try bytes.require(end, .dns)
        data = start..<end
        position = end
    }
}
