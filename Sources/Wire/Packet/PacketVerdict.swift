/// How far a packet could be followed.
public enum PacketVerdict: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case tcp
    case udp
    case icmp
    case icmpv6
    /// Encapsulating Security Payload, plain or in UDP port 4500.
    case esp
    /// An IP packet of another protocol.
    case otherIP
    /// A fragment that is not the first: it has no ports.
    case fragment
    case arp
    /// Another protocol above the link layer.
    case notIP
    /// The capture holds less of the packet than its headers need.
    case cutShort
    /// The headers contradict themselves or each other; `PacketView.fault` says how.
    case malformed
    /// The link type is not one that is followed.
    case unknownLink
}

/// Why a packet is malformed.
public enum PacketFault: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case shortLink
    case shortNetwork
    case version
    case headerLength
    case totalLength
    case shortTransport
    case transportLength
    case tooManyLayers

    /// For people and labels.
    public var name: String {
        switch self {
        case .shortLink: "short_link_header"
        case .shortNetwork: "short_ip_header"
        case .version: "ip_version"
        case .headerLength: "ip_header_length"
        case .totalLength: "ip_total_length"
        case .shortTransport: "short_transport_header"
        case .transportLength: "transport_header_length"
        case .tooManyLayers: "too_many_layers"
        }
    }
}
