/// Headers between a link layer or IP and the IP packet inside.
extension PacketView {
    /// Reads a header of the kind `next`; `extent` is then that of what it carries.
    /// - Returns: the kind of what it carries, `EtherType.unknown` where that is not followed, nil where bytes lack.
    mutating func readTunnel(_ bytes: RawSpan, _ extent: inout Extent, _ next: Int) -> Int? {
        let offset = extent.offset
        let room = bytes.byteCount &- offset
        switch next {
        case EtherType.mplsUnicast, EtherType.mplsMulticast:
            return readMPLS(bytes, &extent)
        case EtherType.pppoeSession:
            // RFC 2516 §4: version and type, code, session, length; then a PPP protocol number, which some compress.
            guard room >= 8 else { return nil }
            separate(by: UInt64(bytes.uint16(at: offset &+ 2)) | 1 << 32)
            extent.end = min(extent.end, offset &+ 6 &+ Int(bytes.uint16(at: offset &+ 4)))
            extent.offset = offset &+ 6
            return readPPP(bytes, &extent)
        case EtherType.ppp:
            return readPPP(bytes, &extent)
        case EtherType.bridging:
            return readEthernet(bytes, &extent)
        case EtherType.erspan2, EtherType.erspan3:
            let length = next == EtherType.erspan2 ? 8 : 12
            guard room >= length else { return nil }
            extent.offset = offset &+ length
            return readEthernet(bytes, &extent)
        case EtherType.anyIP:
            guard room >= 1 else { return nil }
            switch bytes.uint8(at: offset) >> 4 {
            case 4: return EtherType.ipv4
            case 6: return EtherType.ipv6
            default: return EtherType.unknown
            }
        case ..<EtherType.first:
            // IEEE 802.2 with SNAP (RFC 1042); all else above LLC is not IP.
            guard room >= 8 else { return room >= 3 ? EtherType.unknown : nil }
            guard bytes.uint32(at: offset) == 0xAAAA_0300, bytes.uint16(at: offset &+ 4) & 0xFF == 0 else {
                return EtherType.unknown
            }
            extent.offset = offset &+ 8
            return Int(bytes.uint16(at: offset &+ 6))
        default:
            return EtherType.unknown
        }
    }

    /// An Ethernet header inside of something.
    mutating func readEthernet(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard bytes.byteCount &- extent.offset >= 14 else { return nil }
        let next = Int(bytes.uint16(at: extent.offset &+ 12))
        extent.offset &+= 14
        return next
    }

    /// RFC 3032: labels up to the one with the bottom-of-stack bit; the packet's first nibble then tells IP from a
    /// pseudowire (RFC 4928). Labels belong to one direction, so they do not separate flows.
    private mutating func readMPLS(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        for _ in 0..<Self.maximumLayers {
            guard bytes.byteCount &- extent.offset >= 5 else { return nil }
            let entry = bytes.uint32(at: extent.offset)
            extent.offset &+= 4
            guard entry & 0x100 != 0 else { continue }
            switch bytes.uint8(at: extent.offset) >> 4 {
            case 4: return EtherType.ipv4
            case 6: return EtherType.ipv6
            case 0:
                // The control word of an Ethernet pseudowire (RFC 4448 §4.6).
                extent.offset &+= 4
                return readEthernet(bytes, &extent)
            default: return EtherType.unknown
            }
        }
        return EtherType.unknown
    }

    /// RFC 1661 §2 with the compressions of RFC 1662: address and control, and the first byte of the protocol, may lack.
    mutating func readPPP(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard bytes.byteCount &- extent.offset >= 4 else { return nil }
        if bytes.uint16(at: extent.offset) == 0xFF03 { extent.offset &+= 2 }
        let first = bytes.uint8(at: extent.offset)
        if first & 1 != 0 {
            extent.offset &+= 1
            return Self.pppProtocol(UInt16(first))
        }
        let number = bytes.uint16(at: extent.offset)
        extent.offset &+= 2
        return Self.pppProtocol(number)
    }

    static func pppProtocol(_ number: UInt16) -> Int {
        switch number {
        case 0x0021: EtherType.ipv4
        case 0x0057: EtherType.ipv6
        case 0x0281: EtherType.mplsUnicast
        case 0x0283: EtherType.mplsMulticast
        default: EtherType.unknown
        }
    }
}
