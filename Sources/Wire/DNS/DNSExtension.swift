/// What the `OPT` pseudo-record says (EDNS, RFC 6891 §6.1).
public struct DNSExtension: Hashable, Sendable {
    public struct Option: Hashable, Sendable {
        public var code: UInt16
        public var data: [UInt8]

        public init(code: UInt16, data: [UInt8]) {
            self.code = code
            self.data = data
        }

        /// Extended DNS errors (RFC 8914).
        public static let extendedError: UInt16 = 15
    }

    /// The largest UDP message that the sender can take, in bytes; below 512 it means 512.
    public var udpPayloadSize: UInt16
    /// The upper eight bits of the response code.
    public var extendedResponseCode: UInt8
    public var version: UInt8
    /// `DO`: the sender wants signatures (RFC 3225).
    public var dnssecOK: Bool
    public var options: [Option]

    public init(
        udpPayloadSize: UInt16 = 1232,
        extendedResponseCode: UInt8 = 0,
        version: UInt8 = 0,
        dnssecOK: Bool = false,
        options: [Option] = []
    ) {
        self.udpPayloadSize = udpPayloadSize
        self.extendedResponseCode = extendedResponseCode
        self.version = version
        self.dnssecOK = dnssecOK
        self.options = options
    }

    /// - Throws: an option that leads out of the record.
    init(_ fields: DNSRecordFields, in bytes: RawSpan) throws(WireError) {
        udpPayloadSize = fields.recordClass.rawValue
        extendedResponseCode = UInt8(truncatingIfNeeded: fields.ttl >> 24)
        version = UInt8(truncatingIfNeeded: fields.ttl >> 16)
        dnssecOK = fields.ttl & 0x8000 != 0
        options = []
        let data = bytes.extracting(fields.data)
        var position = 0
        while position < data.byteCount {
            try data.require(position + 4, .dns)
            let end = position + 4 + Int(data.uint16(at: position + 2))
            try data.require(end, .dns)
            options.append(Option(code: data.uint16(at: position), data: data.array(position + 4..<end)))
            position = end
        }
    }

    /// Why the server could not do better: its code and its text, where it gives one (RFC 8914 §2).
    public var extendedError: (code: UInt16, text: String)? {
        guard let option = options.first(where: { $0.code == Option.extendedError && $0.data.count >= 2 }) else {
            return nil
        }
        let code = UInt16(option.data[0]) << 8 | UInt16(option.data[1])
        return (code, String(decoding: option.data.dropFirst(2), as: UTF8.self))
    }

    private var optionsLength: Int { options.reduce(0) { $0 + 4 + $1.data.count } }

    var encodedLength: Int { 1 + DNSRecordFields.length + optionsLength }

    func write(to writer: inout ByteWriter) {
        writer.put(UInt8(0))
        writer.put(DNSRecordType.opt.rawValue)
        writer.put(udpPayloadSize)
        writer.put(extendedResponseCode)
        writer.put(version)
        writer.put(UInt16(dnssecOK ? 0x8000 : 0))
        writer.put(UInt16(truncatingIfNeeded: optionsLength))
        for option in options {
            writer.put(option.code)
            writer.put(UInt16(truncatingIfNeeded: option.data.count))
            writer.put(option.data)
        }
    }
}
