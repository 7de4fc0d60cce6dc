/// The packet that most packets are: TCP in IPv4 without options in Ethernet, whole and no fragment. What `decode` finds layer by
/// layer is read at fixed places here, with one check of the length; a test holds both against each other.
extension PacketView {
    private static let headers = 54

    /// - Returns: false where the packet is another one; nothing is changed then.
    @inline(__always)
    mutating func readPlain(_ bytes: RawSpan, wireLength: Int) -> Bool {
        let captured = bytes.byteCount
        guard captured >= Self.headers else { return false }
        let first = bytes.plain64(at: 12)
        let second = bytes.plain64(at: 20)
        // EtherType, version and header length; no fragment, protocol 6.
        guard first >> 40 == 0x08_0045, second >> 32 & 0x3FFF_00FF == 6 else { return false }
        let last = bytes.plain64(at: 42)
        let total = Int(truncatingIfNeeded: first >> 16 & 0xFFFF)
        let frame = max(wireLength, captured)
        let end = total == 0 ? frame : min(frame, total &+ 14)
        let payload = 34 &+ Int(truncatingIfNeeded: last >> 28 & 15) &* 4
        guard payload >= Self.headers, payload <= end else { return false }
        let addresses = bytes.plain64(at: 26)
        let ports = bytes.plain64(at: 34)
        sourceHigh = 0
        sourceLow = 0xFFFF_0000_0000 | addresses >> 32
        destinationHigh = 0
        destinationLow = 0xFFFF_0000_0000 | addresses & 0xFFFF_FFFF
        isIPv6 = false
        protocolNumber = 6
        hopLimit = UInt8(truncatingIfNeeded: second >> 40)
        identification = UInt32(truncatingIfNeeded: first & 0xFFFF)
        isFirstFragment = false
        scope = 0
        sourcePort = UInt16(truncatingIfNeeded: ports >> 48)
        destinationPort = UInt16(truncatingIfNeeded: ports >> 32)
        sequence = UInt32(truncatingIfNeeded: ports)
        acknowledgement = UInt32(truncatingIfNeeded: last >> 32)
        flags = TCPFlags(rawValue: UInt8(truncatingIfNeeded: last >> 16))
        window = UInt16(truncatingIfNeeded: last)
        payloadOffset = payload
        payloadLength = UInt32(truncatingIfNeeded: end &- payload)
        hasTimestamps = false
        sackBlocks = 0
        windowScale = nil
        if payload > Self.headers { readOptions(bytes, Self.headers, to: payload) }
        return true
    }
}

extension RawSpan {
    /// A big-endian number; the caller has checked that eight bytes are there.
    @inline(__always)
    fileprivate func plain64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }
}
