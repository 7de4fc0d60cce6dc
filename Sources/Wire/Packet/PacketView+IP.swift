extension PacketView {
    /// Reads an IPv4 header (RFC 791); `extent` is then that of its data.
    /// - Returns: a verdict where the packet ends here, nil where `protocolNumber` says what follows.
    @inline(__always)
    mutating func readIPv4(_ bytes: RawSpan, _ extent: inout Extent) -> PacketVerdict? {
        let offset = extent.offset
        guard bytes.byteCount &- offset >= 20 else {
            return incomplete(.shortNetwork, needed: offset &+ 20, end: extent.end)
        }
        let first = bytes.uint8(at: offset)
        guard first >> 4 == 4 else { return malformed(.version) }
        let headerLength = Int(first & 15) &* 4
        guard headerLength >= 20 else { return malformed(.headerLength) }
        let total = Int(bytes.uint16(at: offset &+ 2))
        // 0 where segmentation is left to the card: the packet then ends where the frame ends.
        if total != 0 {
            guard total >= headerLength else { return malformed(.totalLength) }
            extent.end = min(extent.end, offset &+ total)
        }
        isIPv6 = false
        protocolNumber = bytes.uint8(at: offset &+ 9)
        hopLimit = bytes.uint8(at: offset &+ 8)
        identification = UInt32(bytes.uint16(at: offset &+ 4))
        sourceHigh = 0
        sourceLow = 0xFFFF_0000_0000 | UInt64(bytes.uint32(at: offset &+ 12))
        destinationHigh = 0
        destinationLow = 0xFFFF_0000_0000 | UInt64(bytes.uint32(at: offset &+ 16))
        let fragment = bytes.uint16(at: offset &+ 6)
        guard fragment & 0x1FFF == 0 else { return .fragment }
        isFirstFragment = fragment & 0x2000 != 0
        extent.offset = offset &+ headerLength
        guard extent.offset <= extent.end else { return malformed(.headerLength) }
        return nil
    }

    /// Reads an IPv6 header and its chain of extension headers (RFC 8200); `extent` is then that of the data.
    /// - Returns: a verdict where the packet ends here, nil where `protocolNumber` says what follows.
    mutating func readIPv6(_ bytes: RawSpan, _ extent: inout Extent) -> PacketVerdict? {
        let offset = extent.offset
        guard bytes.byteCount &- offset >= 40 else {
            return incomplete(.shortNetwork, needed: offset &+ 40, end: extent.end)
        }
        guard bytes.uint8(at: offset) >> 4 == 6 else { return malformed(.version) }
        let length = Int(bytes.uint16(at: offset &+ 4))
        // 0 for a jumbogram (RFC 2675) and where segmentation is left to the card.
        if length != 0 { extent.end = min(extent.end, offset &+ 40 &+ length) }
        isIPv6 = true
        hopLimit = bytes.uint8(at: offset &+ 7)
        identification = 0
        sourceHigh = bytes.uint64(at: offset &+ 8)
        sourceLow = bytes.uint64(at: offset &+ 16)
        destinationHigh = bytes.uint64(at: offset &+ 24)
        destinationLow = bytes.uint64(at: offset &+ 32)
        isFirstFragment = false
        extent.offset = offset &+ 40
        protocolNumber = bytes.uint8(at: offset &+ 6)
        if protocolNumber == 6 { return nil }
        return followChain(bytes, &extent)
    }

    /// RFC 8200 §4: hop-by-hop and destination options, routing, fragment; AH (RFC 4302) is read with the tunnels.
    mutating func followChain(_ bytes: RawSpan, _ extent: inout Extent) -> PacketVerdict? {
        for _ in 0..<Self.maximumLayers {
            let length: Int
            switch protocolNumber {
            case IPProtocol.hopByHop, IPProtocol.routing, IPProtocol.destinationOptions, IPProtocol.mobility,
                IPProtocol.hostIdentity, IPProtocol.shim6, IPProtocol.fragment:
                guard bytes.byteCount &- extent.offset >= 8 else {
                    return incomplete(.shortNetwork, needed: extent.offset &+ 8, end: extent.end)
                }
                let isFragment = protocolNumber == IPProtocol.fragment
                if isFragment {
                    let field = bytes.uint16(at: extent.offset &+ 2)
                    identification = bytes.uint32(at: extent.offset &+ 4)
                    guard field & 0xFFF8 == 0 else { return .fragment }
                    isFirstFragment = field & 1 != 0
                    length = 8
                } else {
                    length = (Int(bytes.uint8(at: extent.offset &+ 1)) &+ 1) &* 8
                }
            default:
                return nil
            }
            protocolNumber = bytes.uint8(at: extent.offset)
            extent.offset &+= length
            guard extent.offset <= extent.end else { return malformed(.headerLength) }
        }
        return malformed(.tooManyLayers)
    }
}
