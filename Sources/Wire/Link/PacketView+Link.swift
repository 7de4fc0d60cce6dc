/// Link-layer headers other than Ethernet.
extension PacketView {
    /// Reads the header; `extent` is then that of what it carries.
    /// - Returns: the kind of what it carries, `EtherType.unknown` where that is not followed, nil where bytes lack.
    mutating func readLink(_ bytes: RawSpan, _ extent: inout Extent, _ link: LinkType) -> Int? {
        let room = bytes.byteCount
        switch link {
        case .raw, .ipv4, .ipv6:
            return EtherType.anyIP
        case .null, .loop:
            guard room >= 4 else { return nil }
            extent.offset = 4
            return Self.family(bytes.uint32(at: 0))
        case .linuxSLL:
            guard room >= 16 else { return nil }
            extent.offset = 16
            return Self.cooked(bytes.uint16(at: 14), hardware: bytes.uint16(at: 2))
        case .linuxSLL2:
            guard room >= 20 else { return nil }
            extent.offset = 20
            return Self.cooked(bytes.uint16(at: 0), hardware: bytes.uint16(at: 8))
        case .ppp, .pppSerial:
            return readPPP(bytes, &extent)
        case .ciscoHDLC:
            guard room >= 4 else { return nil }
            extent.offset = 4
            return Int(bytes.uint16(at: 2))
        case .frameRelay:
            return readFrameRelay(bytes, &extent)
        case .nflog:
            return readNFLOG(bytes, &extent)
        case .ieee80211:
            return readWLAN(try? WLANDataFrame(decoding: bytes), after: 0, of: bytes, &extent)
        case .radiotap:
            let isCut = bytes.byteCount < extent.end
            let frame = try? WLANDataFrame(decodingRadiotap: bytes, isCut: isCut)
            if isCut, frame != nil, (try? RadiotapHeader(decoding: bytes))?.hasFCS == true {
                extent.end &-= WLANDataFrame.checksumLength
            }
            return readWLAN(frame, after: 0, of: bytes, &extent)
        case .ppi:
            return readPPI(bytes, &extent)
        default:
            return EtherType.unknown
        }
    }

    /// The address family of BSD systems, in either byte order.
    private static func family(_ value: UInt32) -> Int {
        switch value > 0xFFFF ? value.byteSwapped : value {
        case 2: EtherType.ipv4
        case 10, 24, 28, 30: EtherType.ipv6
        default: EtherType.unknown
        }
    }

    /// The protocol field of the cooked headers; of an interface without link layer (ARPHRD_NONE, tunnels) it may be 0.
    private static func cooked(_ type: UInt16, hardware: UInt16) -> Int {
        if type == 0, hardware == 0xFFFE || hardware == 768 || hardware == 769 { return EtherType.anyIP }
        return type < EtherType.first ? EtherType.unknown : Int(type)
    }

    /// RFC 2427: two address bytes, then UI and a network layer protocol identifier; or an EtherType at once (Cisco).
    private mutating func readFrameRelay(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard bytes.byteCount >= 4 else { return nil }
        var position = 0
        while position < 4, bytes.uint8(at: position) & 1 == 0 { position &+= 1 }
        position &+= 1
        guard bytes.byteCount &- position >= 3 else { return nil }
        guard bytes.uint8(at: position) == 0x03 else {
            extent.offset = position &+ 2
            return Int(bytes.uint16(at: position))
        }
        position &+= bytes.uint8(at: position &+ 1) == 0 ? 2 : 1
        guard bytes.byteCount &- position >= 1 else { return nil }
        extent.offset = position &+ 1
        switch bytes.uint8(at: position) {
        case 0xCC: return EtherType.ipv4
        case 0x8E: return EtherType.ipv6
        case 0x80:
            guard bytes.byteCount &- extent.offset >= 5 else { return nil }
            extent.offset &+= 5
            return Int(bytes.uint16(at: extent.offset &- 2))
        default: return EtherType.unknown
        }
    }

    /// The type-length-value list of LINKTYPE_NFLOG; the packet is the attribute 9, and the header names its family.
    private mutating func readNFLOG(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard bytes.byteCount >= 8 else { return nil }
        let family = bytes.uint8(at: 0)
        var position = 4
        while bytes.byteCount &- position >= 4 {
            // In the byte order of the capturing host, which is little-endian wherever it matters.
            let length = Int(bytes.uint16(at: position).byteSwapped)
            guard length >= 4 else { return EtherType.unknown }
            if bytes.uint16(at: position &+ 2).byteSwapped & 0x7FFF == 9 {
                extent.offset = position &+ 4
                extent.end = min(extent.end, position &+ length)
                return family == 2 ? EtherType.ipv4 : family == 10 ? EtherType.ipv6 : EtherType.anyIP
            }
            position &+= (length &+ 3) & ~3
        }
        return nil
    }

    /// The frame's body starts with LLC, like that of IEEE 802.3. Management, control and encrypted frames carry nothing
    /// that could be followed.
    private mutating func readWLAN(
        _ frame: WLANDataFrame?,
        after start: Int,
        of bytes: RawSpan,
        _ extent: inout Extent
    ) -> Int {
        guard let frame else { return EtherType.unknown }
        extent.offset = start &+ frame.payloadOffset
        // What follows the payload of a whole frame is its checksum; where the capture cut the frame, the wire had more.
        if bytes.byteCount >= extent.end { extent.end = min(extent.end, start &+ frame.payloadEnd) }
        return extent.offset <= extent.end ? 0 : EtherType.unknown
    }

    /// The Per-Packet Information header: version, flags, length and link type, little-endian.
    private mutating func readPPI(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard bytes.byteCount >= 8 else { return nil }
        let length = Int(bytes.uint16(at: 2).byteSwapped)
        guard length >= 8, length <= bytes.byteCount else { return nil }
        extent.offset = length
        switch LinkType(rawValue: bytes.uint32(at: 4).byteSwapped) {
        case .ethernet: return EtherType.bridging
        case .ieee80211:
            let frame = try? WLANDataFrame(decoding: bytes.extracting(length..<bytes.byteCount))
            return readWLAN(frame, after: length, of: bytes, &extent)
        case .raw, .ipv4, .ipv6: return EtherType.anyIP
        default: return EtherType.unknown
        }
    }
}
