/// A notify payload (RFC 7296 §3.10, RFC 2408 §3.14).
public struct IKENotifyPayload: Hashable, Sendable {
    public var type: IKENotify
    /// 1 IKE, 2 AH, 3 ESP; 0 where the notify is about the exchange itself.
    public var protocolID: UInt8
    /// Of the security association that the notify is about; empty for none. Where it lies in the message.
    public var spi: Range<Int>
    /// Where the data lie in the message.
    public var data: Range<Int>

    /// - Returns: nil where the body is too short for what it says.
    init?(_ payload: IKEPayload, in bytes: RawSpan) {
        // Version 1 has a domain of interpretation of four bytes in front.
        let start = payload.body.lowerBound + (payload.type == IKEPayloadType.notifyV1 ? 4 : 0)
        guard start + 4 <= payload.body.upperBound else { return nil }
        protocolID = bytes.uint8(at: start)
        type = IKENotify(rawValue: bytes.uint16(at: start + 2))
        let end = start + 4 + Int(bytes.uint8(at: start + 1))
        guard end <= payload.body.upperBound else { return nil }
        spi = start + 4..<end
        data = end..<payload.body.upperBound
    }
}

/// What anybody can read of an IKE message of either version: header, payload types, notifies. It allocates; matching a
/// response to its request takes the header alone (`IKEHeader.init(decodingStartOf:)`).
public struct IKEMessage: Hashable, Sendable {
    public var header: IKEHeader
    /// In their order; of an encrypted payload (46, 53) the last.
    public var payloadTypes: [UInt8]
    public var notifies: [IKENotifyPayload]
    /// The payloads, or the rest of them, are encrypted.
    public var isEncrypted: Bool

    /// `bytes` start at the IKE header: behind the marker on port 4500.
    /// - Throws: what is no whole IKE message of version 1 or 2, a payload that leads out of it.
    public init(decoding bytes: RawSpan) throws(WireError) {
        header = try IKEHeader(decoding: bytes)
        guard header.majorVersion == 1 || header.majorVersion == 2 else {
            throw WireError.invalid(.ike, .version, header.majorVersion)
        }
        payloadTypes = []
        notifies = []
        isEncrypted = header.isVersion1 && header.flags.contains(.encryptionV1)
        guard !isEncrypted else { return }
        let notifyType = header.isVersion1 ? IKEPayloadType.notifyV1 : IKEPayloadType.notify
        var walk = IKEPayloadWalk(header)
        while let payload = try walk.advance(in: bytes) {
            payloadTypes.append(payload.type)
            if payload.type == notifyType, let notify = IKENotifyPayload(payload, in: bytes) { notifies.append(notify) }
            isEncrypted = !header.isVersion1 && IKEPayloadType.isEncrypted(payload.type)
        }
    }
}
