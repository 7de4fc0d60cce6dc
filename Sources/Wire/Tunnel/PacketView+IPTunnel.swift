/// What an IP packet carries beside TCP and UDP.
extension PacketView {
    /// Reads the header that `protocolNumber` names.
    /// - Returns: a verdict where the packet ends here; else the kind of the packet inside, which starts at `extent`.
    mutating func readOther(_ bytes: RawSpan, _ extent: inout Extent) -> (PacketVerdict?, Int) {
        let offset = extent.offset
        let room = bytes.byteCount &- offset
        payloadOffset = offset
        payloadLength = UInt32(truncatingIfNeeded: extent.end &- offset)
        sourcePort = 0
        destinationPort = 0
        switch protocolNumber {
        case 1 where !isIPv6, 58 where isIPv6:
            return (readICMP(bytes, extent), 0)
        case 4:
            guard !isFirstFragment else { return (.fragment, 0) }
            separateByAddresses()
            return (nil, EtherType.ipv4)
        case 41:
            guard !isFirstFragment else { return (.fragment, 0) }
            separateByAddresses()
            return (nil, EtherType.ipv6)
        case 47:
            guard !isFirstFragment else { return (.fragment, 0) }
            return readGRE(bytes, &extent)
        case 50:
            return (readESP(bytes, extent), 0)
        case 51:
            // RFC 4302 §2: the length counts words of 32 bits, less two.
            guard room >= 8 else { return (incomplete(.shortTransport, needed: offset &+ 8, end: extent.end), 0) }
            protocolNumber = bytes.uint8(at: offset)
            extent.offset = offset &+ (Int(bytes.uint8(at: offset &+ 1)) &+ 2) &* 4
            guard extent.offset <= extent.end else { return (malformed(.transportLength), 0) }
            // Destination options may come behind it (RFC 8200 §4.1).
            if isIPv6, let verdict = followChain(bytes, &extent) { return (verdict, 0) }
            return (nil, EtherType.ipProtocol)
        case 137:
            guard !isFirstFragment else { return (.fragment, 0) }
            separateByAddresses()
            return (nil, EtherType.mplsUnicast)
        default:
            return (.otherIP, 0)
        }
    }

    /// RFC 2784 and RFC 2890; version 1 is that of PPTP (RFC 2637).
    private mutating func readGRE(_ bytes: RawSpan, _ extent: inout Extent) -> (PacketVerdict?, Int) {
        guard bytes.byteCount &- extent.offset >= 4 else {
            return (incomplete(.shortTransport, needed: extent.offset &+ 4, end: extent.end), 0)
        }
        let flags = bytes.uint16(at: extent.offset)
        let type = Int(bytes.uint16(at: extent.offset &+ 2))
        var length = 4
        if flags & 0x8000 != 0 || flags & 0x4000 != 0 { length &+= 4 }
        if flags & 0x2000 != 0 { length &+= 4 }
        if flags & 0x1000 != 0 { length &+= 4 }
        // With routing a list of unknown length follows (RFC 1701).
        guard flags & 0x4000 == 0, flags & 7 <= 1 else { return (.otherIP, 0) }
        if flags & 7 == 1, flags & 0x0080 != 0 { length &+= 4 }
        guard extent.offset &+ length <= extent.end else { return (.otherIP, 0) }
        separateByAddresses()
        // ERSPAN type I has no header of its own, and no sequence number (draft-foschiano-erspan).
        if type == EtherType.erspan2, flags & 0x1000 == 0 {
            extent.offset &+= length
            return (nil, EtherType.bridging)
        }
        extent.offset &+= length
        return type == EtherType.arp ? (.otherIP, 0) : (nil, type)
    }

    /// The outer addresses of a tunnel, alike for both directions.
    mutating func separateByAddresses() {
        let source = Self.folded(sourceHigh, sourceLow)
        let destination = Self.folded(destinationHigh, destinationLow)
        separate(by: source &+ destination)
    }

    private static func folded(_ high: UInt64, _ low: UInt64) -> UInt64 {
        let product = (high ^ 0xE703_7ED1_A0B4_28DB).multipliedFullWidth(by: low ^ 0xA076_1D64_78BD_642F)
        return product.high ^ product.low
    }
}
