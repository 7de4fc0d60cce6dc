import Wire

extension Fuzzer {
    static let ipsec = Fuzzer(
        name: "ipsec",
        seeds: [
            IPsecPackets.esp, IPsecPackets.ah, IKEPackets.encrypted, IKEPackets.notifies, IKEPackets.version1,
            [0, 0, 0, 0] + IKEPackets.notifies, [0xFF],
        ]
    ) { bytes in
        _ = try? AHHeader(decoding: bytes)
        var offset = 0
        if case .ike(let start)? = try? UDPEncapsulated(decoding: bytes) { offset = start }
        let message = bytes.extracting(offset..<bytes.byteCount)
        _ = try? IKERequest(decoding: message)
        guard let header = try? IKEHeader(decodingStartOf: message) else { return }
        _ = header.exchange.description
        if let response = try? IKEResponse(decoding: message, initiatorSPI: header.initiatorSPI) {
            _ = response.answer.name
            if let cookie = response.cookie { require(cookie.upperBound <= message.byteCount, "a cookie lies inside") }
        }
        guard let whole = try? IKEMessage(decoding: message) else { return }
        for notify in whole.notifies {
            _ = notify.type.description
            require(notify.data.upperBound <= message.byteCount, "a notify's data lie inside")
        }
    }
}
