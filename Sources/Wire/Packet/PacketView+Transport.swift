extension PacketView {
    /// Reads a TCP header and its options (RFC 9293 §3.1).
    @inline(__always)
    mutating func readTCP(_ bytes: RawSpan, _ extent: Extent) -> PacketVerdict {
        let offset = extent.offset
        guard bytes.byteCount &- offset >= 20, extent.end &- offset >= 20 else {
            return incomplete(.shortTransport, needed: offset &+ 20, end: extent.end)
        }
        sourcePort = bytes.uint16(at: offset)
        destinationPort = bytes.uint16(at: offset &+ 2)
        sequence = bytes.uint32(at: offset &+ 4)
        acknowledgement = bytes.uint32(at: offset &+ 8)
        let headerLength = Int(bytes.uint8(at: offset &+ 12) >> 4) &* 4
        flags = TCPFlags(rawValue: bytes.uint8(at: offset &+ 13))
        window = bytes.uint16(at: offset &+ 14)
        guard headerLength >= 20, headerLength <= extent.end &- offset else { return malformed(.transportLength) }
        payloadOffset = offset &+ headerLength
        payloadLength = UInt32(truncatingIfNeeded: extent.end &- payloadOffset)
        hasTimestamps = false
        sackBlocks = 0
        windowScale = nil
        if headerLength > 20 { readOptions(bytes, offset &+ 20, to: payloadOffset) }
        return .tcp
    }

    /// The options that the capture kept.
    @inline(__always)
    mutating func readOptions(_ bytes: RawSpan, _ start: Int, to end: Int) {
        let optionsEnd = min(end, bytes.byteCount)
        var position = start
        // How every system writes them: two paddings and the timestamps (RFC 7323 appendix A).
        if optionsEnd &- position >= 12, bytes.uint32(at: position) == 0x0101_080A {
            hasTimestamps = true
            timestampValue = bytes.uint32(at: position &+ 4)
            timestampEcho = bytes.uint32(at: position &+ 8)
            position &+= 12
        }
        if position < optionsEnd { readEachOption(bytes, position, optionsEnd) }
    }

    /// One after the other; what leads out of the header ends the list.
    private mutating func readEachOption(_ bytes: RawSpan, _ start: Int, _ end: Int) {
        var position = start
        while position < end {
            let kind = bytes.uint8(at: position)
            guard kind != 0 else { return }
            guard kind != 1 else {
                position &+= 1
                continue
            }
            guard end &- position >= 2 else { return }
            let length = Int(bytes.uint8(at: position &+ 1))
            guard length >= 2, length <= end &- position else { return }
            switch (kind, length) {
            case (3, 3):
                windowScale = min(bytes.uint8(at: position &+ 2), 14)
            case (8, 10):
                hasTimestamps = true
                timestampValue = bytes.uint32(at: position &+ 2)
                timestampEcho = bytes.uint32(at: position &+ 6)
            case (5, 10), (5, 18), (5, 26), (5, 34):
                sackBlocks = UInt8(truncatingIfNeeded: (length &- 2) / 8)
                sackLeft = bytes.uint32(at: position &+ 2)
                sackRight = bytes.uint32(at: position &+ 6)
            default: break
            }
            position &+= length
        }
    }

    /// Reads a UDP header (RFC 768) and tells whether another packet is inside.
    /// - Returns: the kind of the packet inside, which starts at `extent`; nil where there is none.
    mutating func readUDP(_ bytes: RawSpan, _ extent: inout Extent) -> Int? {
        guard bytes.byteCount &- extent.offset >= 8, extent.end &- extent.offset >= 8 else {
            payloadOffset = -1
            return nil
        }
        sourcePort = bytes.uint16(at: extent.offset)
        destinationPort = bytes.uint16(at: extent.offset &+ 2)
        let length = Int(bytes.uint16(at: extent.offset &+ 4))
        if length >= 8, !isFirstFragment { extent.end = min(extent.end, extent.offset &+ length) }
        payloadOffset = extent.offset &+ 8
        payloadLength = UInt32(truncatingIfNeeded: extent.end &- payloadOffset)
        return readUDPTunnel(bytes, &extent)
    }

    /// What a UDP packet without a packet inside is.
    mutating func udpVerdict(_ bytes: RawSpan, _ extent: Extent) -> PacketVerdict {
        guard payloadOffset >= 0 else {
            return incomplete(.shortTransport, needed: extent.offset &+ 8, end: extent.end)
        }
        guard sourcePort == 4500 || destinationPort == 4500, !isDNS else { return .udp }
        // RFC 3948: four zero bytes come before IKE, one byte 0xFF is a keepalive, all else is ESP.
        guard payloadLength >= 8, bytes.byteCount &- payloadOffset >= 8, bytes.uint32(at: payloadOffset) != 0 else {
            return .udp
        }
        return readESP(bytes, Extent(offset: payloadOffset, end: extent.end))
    }

    /// SPI and sequence number (RFC 4303 §2).
    mutating func readESP(_ bytes: RawSpan, _ extent: Extent) -> PacketVerdict {
        guard bytes.byteCount &- extent.offset >= 8, extent.end &- extent.offset >= 8 else {
            return incomplete(.shortTransport, needed: extent.offset &+ 8, end: extent.end)
        }
        securityParameters = bytes.uint32(at: extent.offset)
        sequence = bytes.uint32(at: extent.offset &+ 4)
        payloadOffset = extent.offset &+ 8
        payloadLength = UInt32(truncatingIfNeeded: extent.end &- payloadOffset)
        return .esp
    }

    /// Type, code and the two numbers of an echo (RFC 792, RFC 4443).
    mutating func readICMP(_ bytes: RawSpan, _ extent: Extent) -> PacketVerdict {
        guard bytes.byteCount &- extent.offset >= 8, extent.end &- extent.offset >= 8 else {
            return incomplete(.shortTransport, needed: extent.offset &+ 8, end: extent.end)
        }
        icmpType = bytes.uint8(at: extent.offset)
        icmpCode = bytes.uint8(at: extent.offset &+ 1)
        sourcePort = bytes.uint16(at: extent.offset &+ 4)
        destinationPort = sourcePort
        sequence = UInt32(bytes.uint16(at: extent.offset &+ 6))
        payloadOffset = extent.offset &+ 8
        payloadLength = UInt32(truncatingIfNeeded: extent.end &- payloadOffset)
        return isIPv6 ? .icmpv6 : .icmp
    }
}
