/// A message of neighbour discovery (RFC 4861 §4): what ARP is for IPv6.
public struct NeighborDiscovery: Hashable, Sendable {
    public enum Kind: UInt8, CaseIterable, Sendable {
        case routerSolicitation = 133
        case routerAdvertisement = 134
        case neighborSolicitation = 135
        case neighborAdvertisement = 136
        case redirect = 137

        /// Bytes before the options.
        var headerLength: Int {
            switch self {
            case .routerSolicitation: 8
            case .routerAdvertisement: 16
            case .neighborSolicitation, .neighborAdvertisement: 24
            case .redirect: 40
            }
        }
    }

    /// Of a neighbour advertisement (RFC 4861 §4.4).
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        public static let router = Flags(rawValue: 0x80)
        public static let solicited = Flags(rawValue: 0x40)
        public static let override = Flags(rawValue: 0x20)
    }

    public var kind: Kind
    public var flags: Flags
    /// The address asked for or told of; of a redirect the better first hop. The messages of routers have none.
    public var target: IPv6Address?
    /// Of the option that tells the source's or the target's address, where there is one (RFC 4861 §4.6.1).
    public var linkLayerAddress: MACAddress?

    /// `bytes` are the ICMPv6 message, which came with a hop limit of 255 if it is genuine.
    /// - Throws: another type, fewer bytes than the type needs, an option of length 0 or one that leads out.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(8, .neighborDiscovery)
        guard let kind = Kind(rawValue: bytes.uint8(at: 0)) else {
            throw WireError.invalid(.neighborDiscovery, .type, bytes.uint8(at: 0))
        }
        self.kind = kind
        try bytes.require(kind.headerLength, .neighborDiscovery)
        flags = kind == .neighborAdvertisement ? Flags(rawValue: bytes.uint8(at: 4) & 0xE0) : []
        target = kind.headerLength >= 24 ? bytes.ipv6Address(at: 8) : nil
        var position = kind.headerLength
        while position < bytes.byteCount {
            try bytes.require(position + 8, .neighborDiscovery)
            // In units of eight bytes.
            let length = Int(bytes.uint8(at: position + 1)) * 8
            guard length > 0 else { throw WireError.invalid(.neighborDiscovery, .length, 0) }
            try bytes.require(position + length, .neighborDiscovery)
            let type = bytes.uint8(at: position)
            if type == 1 || type == 2, length == 8 { linkLayerAddress = bytes.macAddress(at: position + 2) }
            position += length
        }
    }
}
