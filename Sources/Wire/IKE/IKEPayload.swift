/// The payload types that are read or written (RFC 7296 §3.2).
enum IKEPayloadType {
    static let none: UInt8 = 0
    static let securityAssociation: UInt8 = 33
    static let keyExchange: UInt8 = 34
    static let nonce: UInt8 = 40
    static let notify: UInt8 = 41
    /// RFC 7296 §3.14.
    static let encrypted: UInt8 = 46
    /// RFC 7383 §2.5.
    static let encryptedFragment: UInt8 = 53
    /// Of IKEv1 (RFC 2408 §3.1).
    static let notifyV1: UInt8 = 11

    static func isEncrypted(_ type: UInt8) -> Bool { type == encrypted || type == encryptedFragment }
}

/// One payload of a message: its type and where its body lies.
struct IKEPayload {
    static let headerLength = 4

    var type: UInt8
    var body: Range<Int>
}

/// Walks the chain of payloads behind the header.
struct IKEPayloadWalk {
    private var next: UInt8
    private var position = IKEHeader.length
    private let end: Int
    private let isVersion2: Bool

    init(_ header: IKEHeader) {
        isVersion2 = header.majorVersion == 2
        next = header.nextPayload
        end = header.length
    }

    /// The next payload; nil at the end of the chain.
    /// - Throws: a payload shorter than its header or longer than the message.
    mutating func advance(in bytes: RawSpan) throws(WireError) -> IKEPayload? {
        guard next != IKEPayloadType.none else { return nil }
        guard end - position >= IKEPayload.headerLength else {
            throw WireError.short(.ike, needed: position + IKEPayload.headerLength, had: end)
        }
        let length = Int(bytes.uint16(at: position + 2))
        guard length >= IKEPayload.headerLength else { throw WireError.invalid(.ike, .payloadLength, length) }
        guard length <= end - position else {
            throw WireError.short(.ike, needed: position + length, had: end)
        }
        let payload = IKEPayload(type: next, body: position + IKEPayload.headerLength..<position + length)
        // Of an encrypted payload the field tells what is inside (RFC 7296 §3.14); nothing follows it.
        next = isVersion2 && IKEPayloadType.isEncrypted(next) ? IKEPayloadType.none : bytes.uint8(at: position)
        position += length
        return payload
    }
}

extension IKEPayload {
    /// Type of a notify payload's message (RFC 7296 §3.10, RFC 2408 §3.14); nil when the body is too short.
    func notify(in bytes: RawSpan) -> IKENotify? {
        let offset = type == IKEPayloadType.notifyV1 ? 6 : 2
        guard body.count >= offset + 2 else { return nil }
        return IKENotify(rawValue: bytes.uint16(at: body.lowerBound + offset))
    }

    /// Data of an IKEv2 notify payload, behind its SPI; nil when the body is too short.
    func notifyData(in bytes: RawSpan) -> Range<Int>? {
        guard body.count >= 4 else { return nil }
        let offset = 4 + Int(bytes.uint8(at: body.lowerBound + 1))
        guard body.count >= offset else { return nil }
        return body.lowerBound + offset..<body.upperBound
    }
}
