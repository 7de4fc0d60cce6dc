import Wire

extension Fuzzer {
    static let link = Fuzzer(
        name: "link",
        seeds: [
            WLANPackets.captured, WLANPackets.fromAP, WLANPackets.qosToAP, WLANPackets.relayed, WLANPackets.llc,
            ARPPackets.request,
        ]
    ) { bytes in
        if let packet = try? ARPPacket(decoding: bytes) {
            let copy = encoded(room: 28) { buffer in unsafe try packet.write(into: buffer) }
            require(
                copy.flatMap { try? ARPPacket(decoding: $0.span.bytes) } == packet,
                "what is written reads the same"
            )
        }
        _ = try? LLCHeader(decoding: bytes)
        for frame in [
            try? WLANDataFrame(decodingRadiotap: bytes), try? WLANDataFrame(decoding: bytes),
            try? WLANDataFrame(decoding: bytes, hasFCS: true, isPadded: true),
        ] {
            guard let frame else { continue }
            let payload = bytes.extracting(frame.payloadOffset..<frame.payloadEnd)
            guard case .etherType(_, let offset)? = try? LLCHeader(decoding: payload) else { continue }
            _ = try? ARPPacket(decoding: payload.extracting(offset..<payload.byteCount))
        }
    }

    /// What users and configurations write: addresses, subnets, names.
    static let text = Fuzzer(
        name: "text",
        seeds: [
            "10.1.0.4", "2001:db8::1", "::ffff:192.0.2.1", "10.0.0.0/8", "www.example.com.", #"a\.b\032c"#, "TYPE65",
        ]
        .map { Array($0.utf8) }
    ) { bytes in
        // The bytes live as long as this call.
        let text = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        if let address = IPAddress(text) {
            require(IPAddress(address.description) == address, "an address survives text")
            _ = DNSName(reverseOf: address).description
        }
        if let subnet = Subnet(text) { require(Subnet(subnet.description) == subnet, "a subnet survives text") }
        if let name = DNSName(text) {
            require(DNSName(name.description)?.encoded == name.encoded, "a name survives text")
            require(name.isInside(name) && name.isInside(.root), "a name is inside itself and the root")
        }
        if let type = DNSRecordType(text) { require(DNSRecordType(type.description) == type, "a type survives text") }
    }
}
