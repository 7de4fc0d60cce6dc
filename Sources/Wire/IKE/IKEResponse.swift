/// How a gateway answered; any of these proves it alive.
public enum IKEAnswer: Hashable, Sendable {
    /// It chose a proposal: the answer holds its key exchange.
    case saInit
    /// The first notify that decides; of several the error.
    case notify(IKENotify)
    /// A well-formed IKE message of our exchange that says neither.
    case other(exchange: UInt8)

    /// `SA_INIT`, a notify's name, `EXCHANGE_n`.
    public var name: String {
        switch self {
        case .saInit: "SA_INIT"
        case .notify(let notify): notify.description
        case .other(let exchange): "EXCHANGE_\(exchange)"
        }
    }
}

/// The answer to our `IKE_SA_INIT` request.
public struct IKEResponse: Hashable, Sendable {
    public var header: IKEHeader
    public var answer: IKEAnswer
    /// Where the data of a COOKIE lies in the message, to be sent back; 1 to 64 bytes.
    public var cookie: Range<Int>?

    /// `bytes` start at the IKE header: behind the marker on port 4500.
    ///
    /// An answer of IKEv1 counts: a peer that knows no version 2 refuses in its own (RFC 7296 §2.5).
    /// - Throws: what is no whole IKE message; a message for another initiator SPI; a request, as when our own comes
    ///   back; a payload that leads out of the message.
    public init(decoding bytes: RawSpan, initiatorSPI: UInt64) throws(WireError) {
        header = try IKEHeader(decoding: bytes)
        guard header.initiatorSPI == initiatorSPI else {
            throw WireError.invalid(.ike, .initiatorSPI, header.initiatorSPI)
        }
        switch header.majorVersion {
        case 1: guard header.exchange != .saInit else { throw WireError.invalid(.ike, .version, 1) }
        case 2:
            guard header.flags.contains(.response), !header.flags.contains(.initiator) else {
                throw WireError.invalid(.ike, .response, header.flags.rawValue)
            }
        default: throw WireError.invalid(.ike, .version, header.majorVersion)
        }
        answer = .other(exchange: header.exchange.rawValue)
        cookie = nil
        var hasAssociation = false
        var deciding: IKENotify?
        var walk = IKEPayloadWalk(header)
        while let payload = try walk.advance(in: bytes) {
            switch payload.type {
            case IKEPayloadType.securityAssociation where header.majorVersion == 2: hasAssociation = true
            case IKEPayloadType.notify where header.majorVersion == 2,
                IKEPayloadType.notifyV1 where header.majorVersion == 1:
                guard let notify = payload.notify(in: bytes) else { continue }
                if deciding == nil || (notify.isError && deciding?.isError == false) { deciding = notify }
                if notify == .cookie, let data = payload.notifyData(in: bytes), (1...64).contains(data.count) {
                    cookie = data
                }
            default: continue
            }
        }
        if let deciding, deciding.isError || !hasAssociation {
            answer = .notify(cookie != nil && !deciding.isError ? .cookie : deciding)
        } else if hasAssociation {
            answer = .saInit
        }
    }

    /// Writes the answer of a responder that refuses: a header and one notify.
    ///
    /// - Parameters:
    ///   - data: of the notify: a cookie, the wanted group of INVALID_KE_PAYLOAD in two bytes; empty for none.
    ///   - responderSPI: 0, as RFC 7296 §2.6 asks of COOKIE and INVALID_KE_PAYLOAD.
    public static func writeRefusal(
        _ notify: IKENotify,
        to request: IKEHeader,
        data: RawSpan = RawSpan(),
        responderSPI: UInt64 = 0,
        nonESPMarker: Bool = false,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let dataLength = data.byteCount
        guard dataLength <= 1024 else { throw WireError.invalid(.ike, .payloadSize, dataLength) }
        let marker = nonESPMarker ? NonESPMarker.length : 0
        let length = IKEHeader.length + 8 + dataLength
        var writer = try unsafe ByteWriter(buffer, room: marker + length, .ike)
        writer.putZeros(marker)
        var header = IKEHeader(
            initiatorSPI: request.initiatorSPI,
            responderSPI: responderSPI,
            nextPayload: IKEPayloadType.notify,
            flags: .response,
            length: length
        )
        header.messageID = request.messageID
        header.write(to: &writer)
        writer.putNotify(notify, data: data, next: IKEPayloadType.none)
        return writer.count
    }
}

/// What a responder must know of a request.
public struct IKERequest: Hashable, Sendable {
    public var header: IKEHeader
    /// Where the data of a returned COOKIE lies; nil when there is none.
    public var cookie: Range<Int>?

    /// - Throws: what is no whole, well-formed `IKE_SA_INIT` request of version 2 with SA, KE and nonce.
    public init(decoding bytes: RawSpan) throws(WireError) {
        header = try IKEHeader(decoding: bytes)
        guard header.majorVersion == 2 else { throw WireError.invalid(.ike, .version, header.majorVersion) }
        guard header.exchange == .saInit else { throw WireError.invalid(.ike, .type, header.exchange.rawValue) }
        guard header.initiatorSPI != 0 else { throw WireError.invalid(.ike, .initiatorSPI, 0) }
        guard header.flags.contains(.initiator), !header.flags.contains(.response) else {
            throw WireError.invalid(.ike, .response, header.flags.rawValue)
        }
        cookie = nil
        var hasAssociation = false
        var hasKey = false
        var hasNonce = false
        var walk = IKEPayloadWalk(header)
        while let payload = try walk.advance(in: bytes) {
            switch payload.type {
            case IKEPayloadType.securityAssociation: hasAssociation = true
            case IKEPayloadType.keyExchange: hasKey = true
            case IKEPayloadType.nonce: hasNonce = true
            case IKEPayloadType.notify where payload.notify(in: bytes) == .cookie:
                cookie = payload.notifyData(in: bytes)
            default: continue
            }
        }
        guard hasAssociation, hasKey, hasNonce else {
            throw WireError.invalid(.ike, .missingPayload, header.nextPayload)
        }
    }
}
