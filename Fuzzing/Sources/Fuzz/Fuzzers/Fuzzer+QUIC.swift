import Wire

extension Fuzzer {
    static let quic = Fuzzer(
        name: "quic",
        seeds: [
            QUICPackets.initial + QUICPackets.handshake + QUICPackets.short, QUICPackets.retry, QUICPackets.negotiation,
            QUICPackets.short,
        ]
    ) { bytes in
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.extracting(offset..<bytes.byteCount)
            guard case .long(let header)? = try? QUICPacket(decoding: rest, connectionIDLength: 8) else { return }
            require(header.packetLength > 0 && header.packetLength <= rest.byteCount, "a packet lies in its datagram")
            require(
                header.destination.description.utf8.count == 2 * Int(header.destination.count),
                "an ID prints whole"
            )
            for index in 0..<header.offeredVersionCount {
                require(header.offeredVersion(at: index, in: rest) != nil, "a version that is counted is there")
            }
            offset += header.packetLength
        }
    }
}
