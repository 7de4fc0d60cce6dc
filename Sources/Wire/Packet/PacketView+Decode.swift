/// Where a header starts and where the packet ends on the wire, both counted from the first captured byte.
struct Extent {
    var offset: Int
    var end: Int
}

extension PacketView {
    /// Layers that are followed in one packet before it is taken for an attack.
    static let maximumLayers = 24

    /// Follows the packet from its link layer to the innermost transport header.
    ///
    /// Nothing is allocated and nothing traps, whatever the bytes are.
    /// - Parameters:
    ///   - bytes: what the capture kept of the packet.
    ///   - wireLength: bytes that the packet had.
    public mutating func decode(_ bytes: RawSpan, wireLength: Int, link: LinkType) -> PacketVerdict {
        if link == .ethernet, readPlain(bytes, wireLength: wireLength) { return .tcp }
        return decodeLayers(bytes, wireLength: wireLength, link: link)
    }

    /// The same, one layer after the other.
    mutating func decodeLayers(_ bytes: RawSpan, wireLength: Int, link: LinkType) -> PacketVerdict {
        scope = 0
        isFirstFragment = false
        var extent = Extent(offset: 0, end: max(wireLength, bytes.byteCount))
        if link == .ethernet {
            guard bytes.byteCount >= 14 else { return incomplete(.shortLink, needed: 14, end: extent.end) }
            extent.offset = 14
            return walk(bytes, extent, Int(bytes.uint16(at: 12)))
        }
        guard link.isKnown else { return .unknownLink }
        guard let next = readLink(bytes, &extent, link) else {
            return incomplete(.shortLink, needed: bytes.byteCount + 1, end: extent.end)
        }
        return walk(bytes, extent, next)
    }

    /// One header after the other, until one is the last.
    private mutating func walk(_ bytes: RawSpan, _ start: Extent, _ first: Int) -> PacketVerdict {
        var extent = start
        var next = first
        for _ in 0..<Self.maximumLayers {
            switch next {
            case EtherType.ipv4:
                if let verdict = readIPv4(bytes, &extent) { return verdict }
            case EtherType.ipv6:
                if let verdict = readIPv6(bytes, &extent) { return verdict }
            case EtherType.vlan, EtherType.serviceVLAN, EtherType.legacyQinQ1, EtherType.legacyQinQ2:
                guard bytes.byteCount - extent.offset >= 4 else {
                    return incomplete(.shortLink, needed: extent.offset + 4, end: extent.end)
                }
                separate(by: UInt64(bytes.uint16(at: extent.offset) & 0xFFF))
                next = Int(bytes.uint16(at: extent.offset + 2))
                extent.offset &+= 4
                continue
            case EtherType.ipProtocol:
                break
            case EtherType.arp:
                return .arp
            default:
                guard let inner = readTunnel(bytes, &extent, next) else {
                    return incomplete(.shortLink, needed: bytes.byteCount + 1, end: extent.end)
                }
                guard inner != EtherType.unknown else { return .notIP }
                next = inner
                continue
            }
            switch protocolNumber {
            case 6:
                return readTCP(bytes, extent)
            case 17:
                guard let inner = readUDP(bytes, &extent) else { return udpVerdict(bytes, extent) }
                next = inner
            default:
                let (verdict, inner) = readOther(bytes, &extent)
                if let verdict { return verdict }
                next = inner
            }
        }
        return malformed(.tooManyLayers)
    }
}
