/// Why a peer closes the session (RFC 4271 §4.5).
public struct BGPNotification: Hashable, Sendable {
    public var code: UInt8
    public var subcode: UInt8
    /// Where the data lies in the message; for a shutdown they may hold a text.
    public var data: Range<Int>

    /// `bytes` are the whole message with its header.
    /// - Throws: what is no whole NOTIFICATION.
    public init(decoding bytes: RawSpan) throws(WireError) {
        let header = try BGPHeader(decoding: bytes)
        guard header.type == .notification else { throw WireError.invalid(.bgp, .type, header.type.rawValue) }
        try bytes.require(header.length, .bgp)
        code = bytes.uint8(at: 19)
        subcode = bytes.uint8(at: 20)
        data = 21..<header.length
    }

    public static let cease: UInt8 = 6

    /// What an operator wrote to the other side for a shutdown or reset (RFC 9003 §2); nil without such a text.
    public func shutdownCommunication(in bytes: RawSpan) -> String? {
        guard code == Self.cease, subcode == 2 || subcode == 4, data.upperBound <= bytes.byteCount,
            let start = data.first
        else { return nil }
        let length = Int(bytes.uint8(at: start))
        guard length > 0, length < data.count else { return nil }
        return String(decoding: bytes.array(start + 1..<start + 1 + length), as: UTF8.self)
    }
}

extension BGPNotification: CustomStringConvertible {
    /// The RFC's words: `Cease: Administrative Shutdown`.
    public var description: String {
        guard let name = Self.codes[code] else { return "code \(code), subcode \(subcode)" }
        if let detail = Self.subcodes[UInt16(code) << 8 | UInt16(subcode)] { return "\(name): \(detail)" }
        return subcode == 0 ? name : "\(name): subcode \(subcode)"
    }

    /// RFC 4271 §4.5, RFC 7313 §5.
    private static let codes: [UInt8: String] = [
        1: "Message Header Error", 2: "OPEN Message Error", 3: "UPDATE Message Error", 4: "Hold Timer Expired",
        5: "Finite State Machine Error", 6: "Cease", 7: "ROUTE-REFRESH Message Error", 8: "Send Hold Timer Expired",
    ]

    /// IANA "BGP Error Subcodes", the code in the upper byte (RFC 4271, 4486, 5492, 6608, 8538, 9234, 9384).
    private static let subcodes: [UInt16: String] = [
        0x0101: "Connection Not Synchronized", 0x0102: "Bad Message Length", 0x0103: "Bad Message Type",
        0x0201: "Unsupported Version Number", 0x0202: "Bad Peer AS", 0x0203: "Bad BGP Identifier",
        0x0204: "Unsupported Optional Parameter", 0x0206: "Unacceptable Hold Time", 0x0207: "Unsupported Capability",
        0x020B: "Role Mismatch",
        0x0301: "Malformed Attribute List", 0x0302: "Unrecognized Well-known Attribute",
        0x0303: "Missing Well-known Attribute", 0x0304: "Attribute Flags Error", 0x0305: "Attribute Length Error",
        0x0306: "Invalid ORIGIN Attribute", 0x0308: "Invalid NEXT_HOP Attribute", 0x0309: "Optional Attribute Error",
        0x030A: "Invalid Network Field", 0x030B: "Malformed AS_PATH",
        0x0501: "Receive Unexpected Message in OpenSent State",
        0x0502: "Receive Unexpected Message in OpenConfirm State",
        0x0503: "Receive Unexpected Message in Established State",
        0x0601: "Maximum Number of Prefixes Reached", 0x0602: "Administrative Shutdown", 0x0603: "Peer De-configured",
        0x0604: "Administrative Reset", 0x0605: "Connection Rejected", 0x0606: "Other Configuration Change",
        0x0607: "Connection Collision Resolution", 0x0608: "Out of Resources", 0x0609: "Hard Reset", 0x060A: "BFD Down",
        0x0701: "Invalid Message Length",
    ]
}
