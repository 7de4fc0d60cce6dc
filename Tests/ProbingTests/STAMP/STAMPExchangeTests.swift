import Testing
import Wire

@testable import Probing

@Suite("STAMP questions and answers")
struct STAMPExchangeTests {
    private let wall: Int64 = 1_700_000_000_123_456_789

    private func question(_ exchange: inout STAMPExchange, _ number: UInt32) throws -> STAMPTest {
        var buffer = [UInt8](repeating: 0, count: 128)
        let length = buffer.withUnsafeMutableBytes { exchange.write(number, wall: wall, into: $0) }
        #expect(length == 44)
        return try STAMPTest(decoding: buffer.span.bytes)
    }

    private func answer(_ test: STAMPTest, received: Int64 = 0, sent: Int64 = 0) throws -> [UInt8] {
        let reflection = STAMPReflection(
            to: test,
            sequence: 900,
            received: NTPTimestamp(nanosecondsSince1970: received),
            sent: NTPTimestamp(nanosecondsSince1970: sent),
            errorEstimate: STAMPErrorEstimate(isSynchronized: true, nanoseconds: 1_000),
            senderTTL: 60
        )
        var buffer = [UInt8](repeating: 0, count: 44)
        _ = try buffer.withUnsafeMutableBytes { try reflection.write(into: $0) }
        return buffer
    }

    private func read(_ bytes: [UInt8], _ exchange: inout STAMPExchange) -> DatagramAnswer? {
        bytes.withUnsafeBytes { exchange.read($0) }
    }

    @Test("an answer leads to its question, whatever number the reflector counts")
    func match() throws {
        var exchange = STAMPExchange(timeout: 800_000_000, memory: 64)
        let first = try question(&exchange, 5)
        let second = try question(&exchange, 6)
        let numbers = try [second, first].map { read(try answer($0), &exchange)?.number }
        #expect(numbers == [6, 5])
    }

    @Test("the stamp is the time of sending, to a microsecond")
    func stamp() throws {
        var exchange = STAMPExchange(timeout: 800_000_000, memory: 64)
        let test = try question(&exchange, 0)
        #expect(abs(test.timestamp.nanosecondsSince1970 - wall) < 1_000)
    }

    @Test("an answer to another stamp or number is not ours")
    func forged() throws {
        var exchange = STAMPExchange(timeout: 800_000_000, memory: 64)
        var otherStamp = try question(&exchange, 5)
        otherStamp.timestamp = NTPTimestamp(rawValue: otherStamp.timestamp.rawValue ^ 1)
        var otherNumber = try question(&exchange, 6)
        otherNumber.sequence = 7
        let forged = [try answer(otherStamp), try answer(otherNumber), [UInt8](repeating: 0, count: 44)]
        for bytes in forged {
            let answer = read(bytes, &exchange)
            #expect(answer == nil)
        }
    }

    @Test("every shorter datagram is refused")
    func short() throws {
        var exchange = STAMPExchange(timeout: 800_000_000, memory: 64)
        let whole = try answer(question(&exchange, 1))
        for length in 0..<44 {
            let answer = read(Array(whole.prefix(length)), &exchange)
            #expect(answer == nil)
        }
    }

    @Test(
        "the reflector's own time counts only when it can be",
        arguments: [(50_000, 50_000), (0, 0), (-1, 0), (2_000_000_000, 0)] as [(Int64, Int64)]
    )
    func residence(length: Int64, expected: Int64) throws {
        var exchange = STAMPExchange(timeout: 800_000_000, memory: 64)
        let test = try question(&exchange, 1)
        let bytes = try answer(test, received: wall, sent: wall + length)
        let answer = read(bytes, &exchange)
        let residence = try #require(answer).residence
        #expect(abs(residence - expected) <= 1)
    }

    @Test("an ICMP error that quotes four bytes names the question")
    func quote() throws {
        let exchange = STAMPExchange(timeout: 800_000_000, memory: 64)
        #expect(([0, 0, 1, 2] as [UInt8]).withUnsafeBytes { exchange.number(quoted: $0) } == 258)
        #expect(([0, 0, 1] as [UInt8]).withUnsafeBytes { exchange.number(quoted: $0) } == nil)
    }
}
