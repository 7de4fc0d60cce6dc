/// Packets inside of UDP. A port alone proves nothing, so the header must fit too; else the packet stays UDP.
extension PacketView {
    /// A client of DNS may have drawn any port (RFC 5452 §9.2), that of a tunnel too.
    var isDNS: Bool { destinationPort == 53 || sourcePort == 53 }

    /// - Returns: the kind of the packet inside, which starts at `extent`; nil where there is none.
    mutating func readUDPTunnel(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard !isFirstFragment, bytes.byteCount &- payloadOffset >= 16, !isDNS else { return nil }
        switch destinationPort {
        case 4789, 8472: return readVXLAN(bytes, &extent)
        case 6081: return readGeneve(bytes, &extent)
        case 2152: return readGTP(bytes, &extent)
        case 6635: return readNested(&extent, EtherType.mplsUnicast)
        case 3544: return readTeredo(bytes, &extent)
        default: return sourcePort == 3544 ? readTeredo(bytes, &extent) : nil
        }
    }

    private mutating func readNested(_ extent: inout Extent, _ kind: Int) -> Int {
        separateByAddresses()
        extent.offset = payloadOffset
        return kind
    }

    /// RFC 7348 §5: only the flag of a valid network identifier.
    private mutating func readVXLAN(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard bytes.uint8(at: payloadOffset) & 0xF7 == 0 || bytes.uint8(at: payloadOffset) == 0x88,
            bytes.uint8(at: payloadOffset) & 0x08 != 0, bytes.byteCount &- payloadOffset >= 8 &+ 14
        else { return nil }
        separate(by: UInt64(bytes.uint32(at: payloadOffset &+ 4) >> 8))
        separateByAddresses()
        extent.offset = payloadOffset &+ 8
        return EtherType.bridging
    }

    /// RFC 8926 §3.4.
    private mutating func readGeneve(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        let first = bytes.uint8(at: payloadOffset)
        let length = 8 &+ Int(first & 0x3F) &* 4
        guard first >> 6 == 0, payloadOffset &+ length < extent.end else { return nil }
        separate(by: UInt64(bytes.uint32(at: payloadOffset &+ 4) >> 8))
        separateByAddresses()
        extent.offset = payloadOffset &+ length
        return Int(bytes.uint16(at: payloadOffset &+ 2))
    }

    /// 3GPP TS 29.281 §5: a G-PDU with its optional fields and extension headers. Tunnel endpoints belong to one
    /// direction, so they do not separate flows.
    private mutating func readGTP(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        let flags = bytes.uint8(at: payloadOffset)
        guard flags >> 5 == 1, flags & 0x10 != 0, bytes.uint8(at: payloadOffset &+ 1) == 0xFF else { return nil }
        var position = payloadOffset &+ 8
        if flags & 7 != 0 {
            var next = flags & 4 != 0 ? bytes.uint8(at: position &+ 3) : 0
            position &+= 4
            for _ in 0..<Self.maximumLayers where next != 0 {
                guard bytes.byteCount &- position >= 4 else { return nil }
                let length = Int(bytes.uint8(at: position)) &* 4
                guard length > 0, bytes.byteCount &- position >= length else { return nil }
                next = bytes.uint8(at: position &+ length &- 1)
                position &+= length
            }
        }
        separateByAddresses()
        extent.offset = position
        return EtherType.anyIP
    }

    /// RFC 4380 §5.1.1: authentication and origin may come before the IPv6 packet.
    private mutating func readTeredo(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        var position = payloadOffset
        if bytes.uint16(at: position) == 0x0001 {
            position &+= 13 &+ Int(bytes.uint8(at: position &+ 2)) &+ Int(bytes.uint8(at: position &+ 3))
        }
        if bytes.byteCount &- position >= 8, bytes.uint16(at: position) == 0x0000 { position &+= 8 }
        guard bytes.byteCount &- position >= 40, bytes.uint8(at: position) >> 4 == 6 else { return nil }
        // The outer addresses are those of relays and differ between directions.
        extent.offset = position
        return EtherType.ipv6
    }
}
