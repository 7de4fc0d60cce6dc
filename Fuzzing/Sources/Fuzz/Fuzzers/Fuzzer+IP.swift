import Wire

extension Fuzzer {
    static let ip = Fuzzer(
        name: "ip",
        seeds: [
            Packets.ipv4(17, Packets.udp4), Packets.ipv4(6, Packets.tcp4), Packets.ipv6(6, Packets.tcp6),
            Packets.ipv6(0, hex("11 00 000000000000") + Packets.udp6),
            Packets.ipv6(44, hex("11 00 0001 00000007") + Packets.udp6),
        ]
    ) { bytes in
        _ = try? QuotedDatagram(decoding: bytes)
        guard let header = try? IPHeader(decoding: bytes) else { return }
        let range = header.payloadRange(in: bytes)
        let payload = bytes.extracting(range)
        _ = try? UDPHeader(decoding: payload)
        _ = try? TCPHeader(decoding: payload)
        var sum = InternetChecksum(
            source: header.source,
            destination: header.destination,
            protocol: header.protocol,
            length: payload.byteCount
        )
        sum.add(payload)
        _ = sum.isValid
    }

    /// The first byte chooses the family.
    static let icmp = Fuzzer(
        name: "icmp",
        seeds: [
            [4] + Packets.echo4, [6] + Packets.echo6, [4] + Packets.error(11, 0, Packets.ipv4(1, Packets.echo4)),
            [6] + Packets.error(3, 0, Packets.ipv6(58, Packets.echo6)), [4] + Packets.labelledError,
            [6] + NeighborPackets.solicitation, [6] + NeighborPackets.advertisement,
        ]
    ) { bytes in
        guard bytes.byteCount > 1 else { return }
        let family = bytes.firstByte == 4 ? IPFamily.v4 : .v6
        let message = bytes.extracting(1..<bytes.byteCount)
        _ = try? ICMPMessage(decoding: message, family: family, checked: true)
        guard case .error(let error)? = try? ICMPMessage(decoding: message, family: family) else {
            _ = try? NeighborDiscovery(decoding: message)
            return
        }
        require(error.extensions.mpls.labels.count <= MPLSStack.capacity, "a stack is bounded")
        require(error.extensions.interfaces.count <= ICMPExtensions.interfaceCapacity, "interfaces are bounded")
    }
}

extension RawSpan {
    /// The first of at least one byte.
    var firstByte: UInt8 { unsafe unsafeLoad(fromByteOffset: 0, as: UInt8.self) }
}
