import TestSupport
import Testing
import Wire

@Suite("NTP timestamps")
struct NTPTimestampTests {
    @Test(
        "known moments",
        arguments: [
            (0, 0x83AA_7E80_0000_0000), (1_000_000_000, 0x83AA_7E81_0000_0000), (500_000_000, 0x83AA_7E80_8000_0000),
            (-500_000_000, 0x83AA_7E7F_8000_0000), (2_085_978_496_000_000_000, 0),
            (2_085_978_495_000_000_000, 0xFFFF_FFFF_0000_0000),
        ] as [(Int64, UInt64)]
    )
    func known(nanoseconds: Int64, raw: UInt64) {
        #expect(NTPTimestamp(nanosecondsSince1970: nanoseconds).rawValue == raw)
        #expect(NTPTimestamp(rawValue: raw).nanosecondsSince1970 == nanoseconds)
    }

    @Test("every nanosecond between 1968 and 2104 survives both ways")
    func roundTrip() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20000 {
            let nanoseconds = Int64(generator.next() % 4_200_000_000_000_000_000) - 61_000_000_000_000_000
            #expect(NTPTimestamp(nanosecondsSince1970: nanoseconds).nanosecondsSince1970 == nanoseconds)
        }
    }

    @Test("no value traps", arguments: [Int64.min, -1, 0, 1, Int64.max])
    func extremes(nanoseconds: Int64) {
        _ = NTPTimestamp(nanosecondsSince1970: nanoseconds).nanosecondsSince1970
        _ = NTPTimestamp(rawValue: UInt64(bitPattern: nanoseconds)).nanosecondsSince1970
    }
}

@Suite("STAMP error estimate")
struct STAMPErrorEstimateTests {
    @Test(
        "an error is rounded up, never down",
        arguments: [0, 1, 100, 1_000, 16_000, 1_000_000, 999_999_999, 4_000_000_000] as [UInt64]
    )
    func rounded(nanoseconds: UInt64) {
        let estimate = STAMPErrorEstimate(isSynchronized: true, nanoseconds: nanoseconds)
        #expect(estimate.isSynchronized && estimate.isValid && !estimate.isPTP)
        #expect(estimate.nanoseconds >= Int64(nanoseconds))
        #expect(Double(estimate.nanoseconds) <= Double(nanoseconds) * 1.02 + 2)
    }

    @Test("extremes are clamped")
    func extremes() {
        #expect(STAMPErrorEstimate(isSynchronized: false, nanoseconds: .max).nanoseconds >= 4_000_000_000)
        #expect(STAMPErrorEstimate(rawValue: 0x3FFF).nanoseconds == .max)
        #expect(STAMPErrorEstimate(rawValue: 0x0000).nanoseconds == 0)
        #expect(!STAMPErrorEstimate(rawValue: 0x8000).isValid)
        #expect(STAMPErrorEstimate(rawValue: 0x4001).isPTP)
    }
}

@Suite("STAMP packets")
struct STAMPPacketTests {
    private let test = STAMPTest(
        sequence: 0x0102_0304,
        timestamp: NTPTimestamp(rawValue: 0x1112_1314_1516_1718),
        errorEstimate: STAMPErrorEstimate(rawValue: 0x8001),
        sessionID: 0xABCD
    )
    private let testBytes = hex("01020304 1112131415161718 8001 abcd") + [UInt8](repeating: 0, count: 28)
    private let reflectionBytes = hex(
        """
        00000009 3132333435363738 0102 abcd 2122232425262728
        01020304 1112131415161718 8001 0000 3f 000000
        """
    )

    private var reflection: STAMPReflection {
        STAMPReflection(
            to: test,
            sequence: 9,
            received: NTPTimestamp(rawValue: 0x2122_2324_2526_2728),
            sent: NTPTimestamp(rawValue: 0x3132_3334_3536_3738),
            errorEstimate: STAMPErrorEstimate(rawValue: 0x0102),
            senderTTL: 63
        )
    }

    @Test("a test packet stands byte by byte and reads back")
    func sender() throws {
        #expect(try written { buffer throws(WireError) in try test.write(into: buffer) } == testBytes)
        #expect(try testBytes.decoded(STAMPTest.init(decoding:)) == test)
    }

    @Test("a reflection stands byte by byte and reads back")
    func reflector() throws {
        #expect(reflectionBytes.count == 44)
        #expect(try written { buffer throws(WireError) in try reflection.write(into: buffer) } == reflectionBytes)
        #expect(try reflectionBytes.decoded(STAMPReflection.init(decoding:)) == reflection)
    }

    @Test("lowest, middle and highest values survive both ways", arguments: [0, 0x5A, 0xFF] as [UInt8])
    func limits(byte: UInt8) throws {
        let bytes = [UInt8](repeating: byte, count: 44)
        let test = try bytes.decoded(STAMPTest.init(decoding:))
        let copy = try written { buffer throws(WireError) in try test.write(into: buffer) }
        #expect(copy[..<16] == bytes[..<16])
        #expect(copy[16...].allSatisfy { $0 == 0 })
        let reflection = try bytes.decoded(STAMPReflection.init(decoding:))
        let other = try written { buffer throws(WireError) in try reflection.write(into: buffer) }
        #expect(other[..<38] == bytes[..<38] && other[40] == byte)
        #expect(other[38] == 0 && other[39] == 0 && other[41...].allSatisfy { $0 == 0 })
    }

    @Test("TLVs and padding behind the packet do no harm")
    func longer() throws {
        #expect(try (testBytes + [1, 2, 3]).decoded(STAMPTest.init(decoding:)) == test)
    }
}
