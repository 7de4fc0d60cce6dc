/// TCP options (RFC 9293 §3.2, RFC 7323, RFC 2018). Unknown ones are skipped.
public struct TCPOptions: Hashable, Sendable {
    public struct Timestamps: Hashable, Sendable {
        public var value: UInt32
        public var echo: UInt32

        public init(value: UInt32, echo: UInt32) {
            self.value = value
            self.echo = echo
        }
    }

    public var maximumSegmentSize: UInt16?
    /// The shift as written; RFC 7323 §2.3 uses 14 for more.
    public var windowScale: UInt8?
    public var timestamps: Timestamps?
    public var sackPermitted: Bool
    /// An option's length leads out of the header or contradicts its kind; what came before it is kept.
    public var isMalformed: Bool

    public init(
        maximumSegmentSize: UInt16? = nil,
        windowScale: UInt8? = nil,
        timestamps: Timestamps? = nil,
        sackPermitted: Bool = false
    ) {
        self.maximumSegmentSize = maximumSegmentSize
        self.windowScale = windowScale
        self.timestamps = timestamps
        self.sackPermitted = sackPermitted
        isMalformed = false
    }

    private enum Kind {
        static let end: UInt8 = 0
        static let padding: UInt8 = 1
        static let maximumSegmentSize: UInt8 = 2
        static let windowScale: UInt8 = 3
        static let sackPermitted: UInt8 = 4
        static let timestamps: UInt8 = 8
    }

    /// `bytes` are the options alone.
    public init(decoding bytes: RawSpan) {
        self.init()
        read(bytes)
    }

    private mutating func read(_ bytes: RawSpan) {
        var position = 0
        while position < bytes.byteCount {
            let kind = bytes.uint8(at: position)
            if kind == Kind.end { return }
            guard kind != Kind.padding else {
                position += 1
                continue
            }
            guard bytes.byteCount - position >= 2 else { return isMalformed = true }
            let length = Int(bytes.uint8(at: position + 1))
            guard length >= 2, length <= bytes.byteCount - position else { return isMalformed = true }
            switch (kind, length) {
            case (Kind.maximumSegmentSize, 4): maximumSegmentSize = bytes.uint16(at: position + 2)
            case (Kind.windowScale, 3): windowScale = bytes.uint8(at: position + 2)
            case (Kind.sackPermitted, 2): sackPermitted = true
            case (Kind.timestamps, 10):
                timestamps = Timestamps(value: bytes.uint32(at: position + 2), echo: bytes.uint32(at: position + 6))
            case (Kind.maximumSegmentSize...Kind.sackPermitted, _), (Kind.timestamps, _): isMalformed = true
            default: break
            }
            position += length
        }
    }

    /// A multiple of four.
    var encodedLength: Int {
        let bytes =
            (maximumSegmentSize == nil ? 0 : 4) + (sackPermitted ? 2 : 0) + (timestamps == nil ? 0 : 10)
            + (windowScale == nil ? 0 : 3)
        return (bytes + 3) / 4 * 4
    }

    func write(to writer: inout ByteWriter) {
        let end = writer.count + encodedLength
        if let maximumSegmentSize {
            writer.put(Kind.maximumSegmentSize)
            writer.put(UInt8(4))
            writer.put(maximumSegmentSize)
        }
        if sackPermitted {
            writer.put(Kind.sackPermitted)
            writer.put(UInt8(2))
        }
        if let timestamps {
            writer.put(Kind.timestamps)
            writer.put(UInt8(10))
            writer.put(timestamps.value)
            writer.put(timestamps.echo)
        }
        if let windowScale {
            writer.put(Kind.windowScale)
            writer.put(UInt8(3))
            writer.put(windowScale)
        }
        while writer.count < end { writer.put(Kind.padding) }
    }
}
