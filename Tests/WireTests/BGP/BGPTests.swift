import Testing
import Wire

@Suite("BGP headers")
struct BGPHeaderTests {
    private func failure(_ bytes: [UInt8]) -> WireError.Fault? { bytes.failure(BGPHeader.init(decoding:))?.fault }

    @Test("every type is read with its length")
    func known() throws {
        for (bytes, type) in [
            (BGPPackets.keepalive, BGPMessageType.keepalive), (BGPPackets.open, .open), (BGPPackets.endOfRIB, .update),
            (BGPPackets.shutdown, .notification), (BGPPackets.message(5, hex("0001 00 01")), .routeRefresh),
        ] {
            let header = try bytes.decoded(BGPHeader.init(decoding:))
            #expect(header.type == type && header.length == bytes.count)
            expectPrefixesAreShort(bytes, needed: 19) { $0.failure(BGPHeader.init(decoding:)) }
        }
        #expect(
            BGPMessageType.allCases.map(\.description).joined(separator: " ")
                == "OPEN UPDATE NOTIFICATION KEEPALIVE ROUTE-REFRESH"
        )
    }

    @Test(
        "a length that the type cannot have is refused",
        arguments: [
            (4, 18), (4, 20), (4, 0), (1, 28), (1, 4097), (2, 22), (3, 20), (5, 22), (4, 65535),
        ] as [(UInt8, Int)]
    )
    func lengths(type: UInt8, length: Int) {
        let bytes = BGPPackets.message(type, [], length: length)
        #expect(failure(bytes) == .invalid(.length, value: UInt64(length)))
    }

    @Test("an update may be as long as RFC 8654 lets it")
    func extended() {
        #expect(failure(BGPPackets.message(2, [], length: 65535)) == nil)
    }

    @Test("another marker or type is refused")
    func marker() {
        var bytes = BGPPackets.keepalive
        bytes[15] = 0xFE
        #expect(failure(bytes) == .invalid(.marker, value: .max))
        for type: UInt8 in [0, 6, 255] {
            #expect(failure(BGPPackets.message(type, [])) == .invalid(.type, value: UInt64(type)))
        }
    }
}

@Suite("BGP messages in a stream")
struct BGPMessageWalkTests {
    /// Types of all whole messages from `start` on, with `resume` wherever something else stands.
    private func types(_ bytes: [UInt8], at start: Int = 0) -> (types: [BGPMessageType], position: Int) {
        var walk = BGPMessageWalk(at: start)
        var found: [BGPMessageType] = []
        while true {
            do {
                let message = try bytes.decoded { span throws(WireError) in
                    var copy = walk
                    let message = try copy.next(in: span)
                    walk = copy
                    return message
                }
                guard let message else { return (found, walk.position) }
                #expect(message.range.count == message.header.length)
                found.append(message.header.type)
            } catch {
                let before = walk.position
                let found = walk.resume(in: bytes.span.bytes)
                #expect(walk.position > before)
                if !found { break }
            }
        }
        return (found, walk.position)
    }

    @Test("messages follow each other; a cut one waits")
    func sequence() {
        let stream = BGPPackets.open + BGPPackets.keepalive + BGPPackets.endOfRIB
        #expect(types(stream).types == [.open, .keepalive, .update])
        for cut in 1..<BGPPackets.endOfRIB.count {
            let part = types(Array(stream.dropLast(cut)))
            #expect(part.types == [.open, .keepalive])
            #expect(part.position == BGPPackets.open.count + BGPPackets.keepalive.count)
        }
    }

    @Test("in the middle of a message the next one is found")
    func resume() {
        let stream = BGPPackets.open + BGPPackets.keepalive + BGPPackets.shutdown
        for start in 1..<BGPPackets.open.count - 1 where start > 15 {
            #expect(types(Array(stream.dropFirst(start))).types == [.keepalive, .notification])
        }
        #expect(types([1, 2, 3] + stream).types == [.open, .keepalive, .notification])
        #expect(types([0xFF, 0xFF] + stream).types == [.open, .keepalive, .notification])
    }

    @Test("what holds no header ends, with the start of a cut marker left")
    func nothing() {
        #expect(types([UInt8](repeating: 0, count: 100)).types.isEmpty)
        let cut = [UInt8](repeating: 0, count: 30) + [UInt8](repeating: 0xFF, count: 10)
        #expect(types(cut).position == 30)
        #expect(types([UInt8](repeating: 0xFF, count: 1000)).types.isEmpty)
        #expect(types([]).position == 0)
        #expect(types(BGPPackets.keepalive, at: 500).types.isEmpty)
        #expect(types(BGPPackets.keepalive, at: -500).types == [.keepalive])
    }

    @Test("no bytes keep a walk from ending")
    func hostile() {
        expectNoTrap([BGPPackets.open + BGPPackets.keepalive, BGPPackets.shutdown]) { bytes in
            _ = types(bytes)
            return nil
        }
    }
}

@Suite("BGP OPEN and NOTIFICATION")
struct BGPBodyTests {
    @Test("an OPEN names the peer, with its AS of four bytes")
    func open() throws {
        let open = try BGPPackets.open.decoded(BGPOpen.init(decoding:))
        #expect(open.version == 4 && open.holdTime == 180 && open.autonomousSystem == 65551)
        #expect(open.identifier == IPv4Address(10, 0, 0, 1))
        let plain = try BGPPackets.message(1, hex("04 fde8 0000 0a000001 00")).decoded(BGPOpen.init(decoding:))
        #expect(plain.autonomousSystem == 65000 && plain.holdTime == 0)
    }

    @Test("parameters of extended length (RFC 9072) are read")
    func extended() throws {
        let bytes = BGPPackets.message(1, hex("04 5ba0 00b4 0a000001 ff ff 0009 02 0006 41 04 0001000f"))
        #expect(try bytes.decoded(BGPOpen.init(decoding:)).autonomousSystem == 65551)
        expectPrefixesAreShort(bytes) { $0.failure(BGPOpen.init(decoding:)) }
    }

    @Test(
        "parameters and capabilities that lead out are short",
        arguments: [
            "0f 02 0c 01 04 0001 0001 41 04 0001000f", "0e 02 0d 01 04 0001 0001 41 04 0001000f",
            "0e 02 0c 01 ff 0001 0001 41 04 0001000f", "0e 02 0c 01 04 0001 0001 41 05 0001000f", "01 02",
            "03 02 01 41", "ff ff ffff 02 0006 41 04 0001000f", "ff ff 0001 02",
        ]
    )
    func leadsOut(parameters: String) {
        let bytes = BGPPackets.message(1, hex("04 5ba0 00b4 0a000001") + hex(parameters))
        guard case .short? = bytes.failure(BGPOpen.init(decoding:))?.fault else {
            Issue.record("\(String(describing: bytes.failure(BGPOpen.init(decoding:))))")
            return
        }
    }

    @Test("a NOTIFICATION has its names and its text")
    func notification() throws {
        let bytes = BGPPackets.shutdown
        let notification = try bytes.decoded(BGPNotification.init(decoding:))
        #expect(notification.description == "Cease: Administrative Shutdown")
        #expect(notification.shutdownCommunication(in: bytes.span.bytes) == "hello")
        #expect(notification.shutdownCommunication(in: hex("00").span.bytes) == nil)
    }

    @Test(
        "codes and subcodes, known and unknown",
        arguments: [
            ("0400", "Hold Timer Expired"), ("060a", "Cease: BFD Down"), ("0202", "OPEN Message Error: Bad Peer AS"),
            ("0205", "OPEN Message Error: subcode 5"), ("6301", "code 99, subcode 1"),
        ]
    )
    func names(body: String, name: String) throws {
        let bytes = BGPPackets.message(3, hex(body))
        let notification = try bytes.decoded(BGPNotification.init(decoding:))
        #expect(notification.description == name)
        #expect(notification.shutdownCommunication(in: bytes.span.bytes) == nil)
    }

    @Test("a text that is longer than the message, or none, is none", arguments: ["0602 05 6868", "0602 00", "0602"])
    func noText(body: String) throws {
        let bytes = BGPPackets.message(3, hex(body))
        let notification = try bytes.decoded(BGPNotification.init(decoding:))
        #expect(notification.shutdownCommunication(in: bytes.span.bytes) == nil)
    }

    @Test("another type and every shorter prefix are refused; no change traps")
    func hostile() {
        let wrong = BGPPackets.keepalive.failure(BGPOpen.init(decoding:))
        #expect(wrong == WireError(layer: .bgp, fault: .invalid(.type, value: 4)))
        #expect(BGPPackets.keepalive.failure(BGPNotification.init(decoding:))?.fault == .invalid(.type, value: 4))
        expectPrefixesAreShort(BGPPackets.open) { $0.failure(BGPOpen.init(decoding:)) }
        expectPrefixesAreShort(BGPPackets.shutdown) { $0.failure(BGPNotification.init(decoding:)) }
        expectNoTrap([BGPPackets.open, BGPPackets.shutdown]) { bytes in
            _ = bytes.failure(BGPNotification.init(decoding:))
            return bytes.failure(BGPOpen.init(decoding:))
        }
    }
}
