import Probing
import Testing
import Wire

@Suite("Answers of a STAMP reflector")
struct ReflectAnswerTests {
    private let received = NTPTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000)
    private let sent = NTPTimestamp(nanosecondsSince1970: 1_700_000_000_000_050_000)
    private let estimate = STAMPErrorEstimate(isSynchronized: true, nanoseconds: 1_000)

    private func answer(_ request: [UInt8], ttl: UInt8? = 61, room: Int = 2048) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0xEE, count: room)
        let length = buffer.withUnsafeMutableBytes { bytes in
            STAMPResponder.write(
                answerTo: request.span.bytes,
                ttl: ttl,
                received: received,
                sent: sent,
                errorEstimate: estimate,
                into: bytes
            )
        }
        return length.map { Array(buffer[..<$0]) }
    }

    @Test("sequence, stamp, estimate, session and TTL of the sender come back with both stamps of the reflector")
    func copies() throws {
        let request = ReflectClient.question(sequence: 77, sessionID: 0xBEEF)
        let test = try STAMPTest(decoding: request.span.bytes)
        let bytes = try #require(answer(request))
        let reflection = try ReflectClient.reflection(bytes)
        #expect(bytes.count == 44)
        #expect(reflection.sequence == 77)
        #expect(reflection.senderSequence == 77)
        #expect(reflection.senderTimestamp == test.timestamp)
        #expect(reflection.senderErrorEstimate == test.errorEstimate)
        #expect(reflection.sessionID == 0xBEEF)
        #expect(reflection.senderTTL == 61)
        #expect(reflection.receiveTimestamp == received)
        #expect(reflection.timestamp == sent)
        #expect(reflection.errorEstimate == estimate)
    }

    @Test("an unknown TTL is 255")
    func unknownTTL() throws {
        let bytes = try #require(answer(ReflectClient.question(sequence: 1), ttl: nil))
        #expect(try ReflectClient.reflection(bytes).senderTTL == 255)
    }

    @Test("a question of 14 to 43 bytes gets 44, a shorter one nothing", arguments: 0...44)
    func short(length: Int) throws {
        let request = Array(ReflectClient.question(sequence: 5, sessionID: 9)[..<length])
        guard length >= 14 else {
            #expect(answer(request) == nil)
            return
        }
        let bytes = try #require(answer(request))
        #expect(bytes.count == 44)
        let reflection = try ReflectClient.reflection(bytes)
        #expect(reflection.senderSequence == 5)
        #expect(reflection.sessionID == (length == 44 ? 9 : 0))
    }

    @Test("a longer question gets its own tail back and not a byte more", arguments: [45, 60, 1472])
    func long(length: Int) throws {
        let tail = (44..<length).map { UInt8(truncatingIfNeeded: $0) }
        let bytes = try #require(answer(ReflectClient.question(sequence: 5) + tail))
        #expect(bytes.count == length)
        #expect(Array(bytes[44...]) == tail)
    }

    @Test("an answer never leaves its buffer")
    func room() throws {
        let request = ReflectClient.question(sequence: 5) + [UInt8](repeating: 1, count: 100)
        #expect(try #require(answer(request, room: 50)).count == 50)
        #expect(answer(request, room: 43) == nil)
    }

    @Test("an error estimate with multiplier 0 is discarded (RFC 4656 §4.1.2)")
    func invalidEstimate() {
        var request = ReflectClient.question(sequence: 5)
        request[13] = 0
        #expect(answer(request) == nil)
    }

    @Test("random bytes never crash and never grow")
    func random() {
        for _ in 0..<5_000 {
            let request = (0..<Int.random(in: 0...120)).map { _ in UInt8.random(in: 0...255) }
            if let bytes = answer(request) { #expect(bytes.count == max(44, request.count)) }
        }
    }
}
