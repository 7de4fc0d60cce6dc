/// Diffie-Hellman groups that a request may offer a key for (RFC 3526, RFC 5903).
public enum IKEGroup: UInt16, CaseIterable, Sendable {
    case modp2048 = 14
    case ecp256 = 19
    case ecp384 = 20

    /// Bytes of the public value.
    public var keyLength: Int {
        switch self {
        case .modp2048: 256
        case .ecp256: 64
        case .ecp384: 96
        }
    }
}

/// A well-formed `IKE_SA_INIT` request (RFC 7296 §1.2). It asks whether a gateway is alive; no key is ever used, so
/// random bytes of the right length serve as the public value. For the elliptic groups a strict peer finds random
/// bytes to be no point of the curve and answers INVALID_SYNTAX: an answer too.
public enum IKESAInitRequest {
    /// Bytes that `write` needs, for the longest cookie and nonce and with all options.
    public static let maximumLength = 896

    /// Bytes of one hash of RFC 7296 §2.23; random ones read as "behind a NAT".
    static let hashLength = 20

    /// - Parameters:
    ///   - initiatorSPI: not 0 (RFC 7296 §3.1), a new random one for each exchange.
    ///   - key: `group.keyLength` bytes.
    ///   - nonce: 16 to 256 bytes (RFC 7296 §3.9).
    ///   - cookie: what a COOKIE notify brought, 1 to 64 bytes, to be sent back in front; empty for none.
    ///   - natDetection: 40 bytes: the hash of the source, then that of the destination; empty for none.
    ///   - nonESPMarker: on port 4500.
    /// - Returns: the number of bytes written.
    /// - Throws: a part of wrong length, too little room.
    public static func write(
        initiatorSPI: UInt64,
        group: IKEGroup = .modp2048,
        key: RawSpan,
        nonce: RawSpan,
        cookie: RawSpan = RawSpan(),
        natDetection: RawSpan = RawSpan(),
        nonESPMarker: Bool = false,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        guard initiatorSPI != 0 else { throw WireError.invalid(.ike, .initiatorSPI, 0) }
        guard key.byteCount == group.keyLength else {
            throw WireError.invalid(.ike, .keyLength, key.byteCount)
        }
        guard (16...256).contains(nonce.byteCount) else {
            throw WireError.invalid(.ike, .payloadSize, nonce.byteCount)
        }
        let cookieLength = cookie.byteCount
        guard cookieLength <= 64 else {
            throw WireError.invalid(.ike, .payloadSize, cookieLength)
        }
        let hashes = natDetection.byteCount
        guard hashes == 0 || hashes == 2 * hashLength else { throw WireError.invalid(.ike, .payloadSize, hashes) }
        let marker = nonESPMarker ? NonESPMarker.length : 0
        let length =
            IKEHeader.length + (cookieLength == 0 ? 0 : 8 + cookieLength) + IKEProposals.payloadLength
            + 8 + key.byteCount + 4 + nonce.byteCount + (hashes == 0 ? 0 : 2 * (8 + hashLength))
        var writer = try unsafe ByteWriter(buffer, room: marker + length, .ike)
        writer.putZeros(marker)
        IKEHeader(
            initiatorSPI: initiatorSPI,
            responderSPI: 0,
            nextPayload: cookieLength == 0 ? IKEPayloadType.securityAssociation : IKEPayloadType.notify,
            flags: .initiator,
            length: length
        ).write(to: &writer)
        if cookieLength > 0 {
            writer.putNotify(.cookie, data: cookie, next: IKEPayloadType.securityAssociation)
        }
        IKEProposals.write(to: &writer, next: IKEPayloadType.keyExchange)
        writer.putPayloadHeader(next: IKEPayloadType.nonce, bodyLength: 4 + key.byteCount)
        writer.put(group.rawValue)
        writer.put(UInt16(0))
        writer.put(key)
        writer.putPayloadHeader(
            next: hashes == 0 ? IKEPayloadType.none : IKEPayloadType.notify,
            bodyLength: nonce.byteCount
        )
        writer.put(nonce)
        if hashes > 0 {
            let source = natDetection.extracting(0..<hashLength)
            let destination = natDetection.extracting(hashLength..<2 * hashLength)
            writer.putNotify(.natDetectionSourceIP, data: source, next: IKEPayloadType.notify)
            writer.putNotify(.natDetectionDestinationIP, data: destination, next: IKEPayloadType.none)
        }
        return writer.count
    }
}

extension ByteWriter {
    mutating func putPayloadHeader(next: UInt8, bodyLength: Int) {
        put(next)
        put(UInt8(0))
        put(UInt16(truncatingIfNeeded: IKEPayload.headerLength + bodyLength))
    }

    /// A notify payload about the IKE SA itself: no protocol, no SPI (RFC 7296 §3.10).
    mutating func putNotify(_ notify: IKENotify, data: RawSpan, next: UInt8) {
        putPayloadHeader(next: next, bodyLength: 4 + data.byteCount)
        put(UInt8(0))
        put(UInt8(0))
        put(notify.rawValue)
        put(data)
    }
}
