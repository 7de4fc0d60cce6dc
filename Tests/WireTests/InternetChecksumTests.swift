import TestSupport
import Testing
import Wire

@Suite("Internet checksum")
struct InternetChecksumTests {
    private func checksum(_ parts: [UInt8]...) -> UInt16 {
        var sum = InternetChecksum()
        for part in parts { sum.add(part.span.bytes) }
        return sum.value
    }

    @Test("the example of RFC 1071 §3 sums to ddf2")
    func rfcExample() {
        #expect(checksum(hex("0001f203f4f5f6f7")) == ~0xDDF2)
    }

    @Test("no bytes give all ones, all ones give 0")
    func limits() {
        #expect(checksum([]) == 0xFFFF)
        #expect(checksum(hex("ffff")) == 0)
    }

    @Test("an odd last byte counts as the upper half of a word")
    func oddLength() {
        #expect(checksum([0x12]) == ~0x1200)
    }

    @Test("parts of odd length continue each other")
    func parts() {
        var generator = SeededGenerator(seed: 1)
        for length in 0..<70 {
            let bytes = generator.bytes(length)
            for cut in 0...length {
                #expect(checksum(Array(bytes[..<cut]), Array(bytes[cut...])) == checksum(bytes))
            }
        }
    }

    @Test("a large buffer does not overflow the sum")
    func large() {
        #expect(checksum([UInt8](repeating: 0xFF, count: 1 << 20)) == 0)
    }

    @Test("a changed word updates the checksum as a full sum would")
    func incremental() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<500 {
            var bytes = generator.bytes(20)
            let before = checksum(bytes)
            let old = UInt16(bytes[6]) << 8 | UInt16(bytes[7])
            let new = UInt16(truncatingIfNeeded: generator.next())
            bytes[6] = UInt8(new >> 8)
            bytes[7] = UInt8(truncatingIfNeeded: new)
            #expect(InternetChecksum.updated(before, replacing: old, with: new) == checksum(bytes))
        }
    }

    @Test("the example of RFC 1624 §4 gives 0000, not ffff")
    func incrementalCorner() {
        #expect(InternetChecksum.updated(0xDD2F, replacing: 0x5555, with: 0x3285) == 0)
    }

    @Test("a packet with its own checksum is valid, one with a flipped bit is not")
    func validity() {
        #expect(InternetChecksum(over: Packets.echo4).isValid)
        var wrong = Packets.echo4
        wrong[9] ^= 1
        #expect(!InternetChecksum(over: wrong).isValid)
    }
}
