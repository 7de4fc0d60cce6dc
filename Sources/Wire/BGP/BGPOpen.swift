/// An OPEN message (RFC 4271 §4.2), as far as it identifies the peer and its clock.
public struct BGPOpen: Hashable, Sendable {
    public var version: UInt8
    /// Of four bytes where the peer has the capability (RFC 6793).
    public var autonomousSystem: UInt32
    /// Seconds; 0: no keepalives. The session uses the smaller of both sides'.
    public var holdTime: UInt16
    public var identifier: IPv4Address

    /// `bytes` are the whole message with its header.
    /// - Throws: what is no whole OPEN; parameters that lead out of it.
    public init(decoding bytes: RawSpan) throws(WireError) {
        let header = try BGPHeader(decoding: bytes)
        guard header.type == .open else { throw WireError.invalid(.bgp, .type, header.type.rawValue) }
        try bytes.require(header.length, .bgp)
        let bytes = bytes.extracting(0..<header.length)
        version = bytes.uint8(at: 19)
        autonomousSystem = UInt32(bytes.uint16(at: 20))
        holdTime = bytes.uint16(at: 22)
        identifier = IPv4Address(rawValue: bytes.uint32(at: 24))
        if let wide = try Self.wideAutonomousSystem(in: bytes) { autonomousSystem = wide }
    }

    /// Walks parameters (RFC 4271 §4.2, RFC 9072 for the extended lengths) and in them capabilities (RFC 5492).
    private static func wideAutonomousSystem(in bytes: RawSpan) throws(WireError) -> UInt32? {
        var length = Int(bytes.uint8(at: 28))
        var position = 29
        var lengthSize = 1
        if length != 0, bytes.byteCount >= 32, bytes.uint8(at: 29) == 255 {
            length = Int(bytes.uint16(at: 30))
            position = 32
            lengthSize = 2
        }
        let end = position + length
        try bytes.require(end, .bgp)
        while position < end {
            let start = position + 1 + lengthSize
            guard start <= end else { throw WireError.short(.bgp, needed: start, had: end) }
            let size = lengthSize == 1 ? Int(bytes.uint8(at: position + 1)) : Int(bytes.uint16(at: position + 1))
            guard start + size <= end else { throw WireError.short(.bgp, needed: start + size, had: end) }
            let isCapabilities = bytes.uint8(at: position) == 2
            if isCapabilities, let found = try wideAutonomousSystem(at: start..<start + size, in: bytes) {
                return found
            }
            position = start + size
        }
        return nil
    }

    private static func wideAutonomousSystem(at range: Range<Int>, in bytes: RawSpan) throws(WireError) -> UInt32? {
        var position = range.lowerBound
        while position < range.upperBound {
            let start = position + 2
            guard start <= range.upperBound else { throw WireError.short(.bgp, needed: start, had: range.upperBound) }
            let end = start + Int(bytes.uint8(at: position + 1))
            guard end <= range.upperBound else { throw WireError.short(.bgp, needed: end, had: range.upperBound) }
            if bytes.uint8(at: position) == 65, end - start == 4 { return bytes.uint32(at: start) }
            position = end
        }
        return nil
    }
}
