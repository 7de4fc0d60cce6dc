import Wire

extension Fuzzer {
    static let bfd = Fuzzer(name: "bfd", seeds: [BFDPackets.up, BFDPackets.authenticated]) { bytes in
        guard let packet = try? BFDPacket(decoding: bytes) else { return }
        _ = packet.detectionTime(requiredMinimumReceiveInterval: .max)
        guard packet.authenticationType == nil else { return }
        let copy = encoded(room: 64) { buffer in unsafe try packet.write(into: buffer) }
        let again = copy.flatMap { try? BFDPacket(decoding: $0.span.bytes) }
        require(again == packet, "what is written reads the same")
    }

    static let bgp = Fuzzer(
        name: "bgp",
        seeds: [
            BGPPackets.open + BGPPackets.keepalive, BGPPackets.endOfRIB + BGPPackets.shutdown, BGPPackets.shutdown,
            [1, 2, 3] + BGPPackets.keepalive,
        ]
    ) { bytes in
        _ = try? BGPOpen(decoding: bytes)
        if let notification = try? BGPNotification(decoding: bytes) {
            _ = notification.description
            _ = notification.shutdownCommunication(in: bytes)
        }
        var walk = BGPMessageWalk()
        while true {
            let before = walk.position
            do {
                guard let message = try walk.next(in: bytes) else { break }
                require(message.range.count == message.header.length, "a message is as long as it says")
                _ = try? BGPOpen(decoding: bytes.extracting(message.range))
                _ = try? BGPNotification(decoding: bytes.extracting(message.range))
            } catch {
                guard walk.resume(in: bytes) else { break }
            }
            require(walk.position > before, "a walk moves on")
        }
        require(walk.position <= bytes.byteCount, "a walk stays inside")
    }

    static let stamp = Fuzzer(
        name: "stamp",
        seeds: [[UInt8](repeating: 1, count: 44), [UInt8](repeating: 0, count: 44) + hex("80 01 0004 00000000")]
    ) { bytes in
        if let test = try? STAMPTest(decoding: bytes) {
            _ = (test.timestamp.nanosecondsSince1970, test.errorEstimate.nanoseconds)
            let copy = encoded(room: 44) { buffer in unsafe try test.write(into: buffer) }
            require(copy.flatMap { try? STAMPTest(decoding: $0.span.bytes) } == test, "a test reads the same")
        }
        if let reflection = try? STAMPReflection(decoding: bytes) {
            let copy = encoded(room: 44) { buffer in unsafe try reflection.write(into: buffer) }
            require(copy.flatMap { try? STAMPReflection(decoding: $0.span.bytes) } == reflection, "so does an answer")
        }
        var walk = STAMPExtensionWalk()
        while let found = try? walk.next(in: bytes) {
            require(found.value.upperBound <= bytes.byteCount, "an extension lies inside")
        }
    }
}
