/// How a round trip was found. Values of different methods are never mixed: each errs in its own way.
public enum SampleMethod: UInt8, CaseIterable, Sendable {
    /// SYN to SYN-ACK, or to the reset that refuses it: from the capture point to the server and back.
    case handshakeServer
    /// SYN-ACK to the ACK of the client: from the capture point to the client and back.
    case handshakeClient
    /// SYN to the first ACK of the same sender: the whole round trip between the two, also where only the client's
    /// packets are seen.
    case handshake
    /// A segment to the ACK that ends exactly where it ends; none for what was sent twice (Karn).
    case ack
    /// A timestamp value to its first echo (RFC 7323).
    case timestamp
    /// Echo request to reply (RFC 792, RFC 4443).
    case icmp
    /// Query to response (RFC 1035).
    case dns
    /// From one edge of the spin bit to the next (RFC 9000 §17.4).
    case quicSpin
    /// IKEv2 request to response (RFC 7296).
    case ike

    /// The name in every output.
    public var name: String {
        switch self {
        case .handshakeServer: "handshake_server"
        case .handshakeClient: "handshake_client"
        case .handshake: "handshake"
        case .ack: "ack"
        case .timestamp: "timestamp"
        case .icmp: "icmp"
        case .dns: "dns"
        case .quicSpin: "quic_spin"
        case .ike: "ike"
        }
    }
}
