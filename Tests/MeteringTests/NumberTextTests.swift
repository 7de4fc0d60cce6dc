import Testing

@testable import Metering

@Suite("numbers as text")
struct NumberTextTests {
    @Test(
        "a number has its shortest exact form",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-17, "-17"), (0.25, "0.25"), (0.00005, "5e-05"),
            (1_795_000_000.25, "1795000000.25"), (9_007_199_254_740_991, "9007199254740991"),
            (0x1p53, "9007199254740992.0"), (1e22, "1e+22"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ]
    )
    func text(value: Double, expected: String) {
        var bytes: [UInt8] = []
        bytes.append(number: value)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("any finite number reads back as itself")
    func roundTrip() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            var bytes: [UInt8] = []
            bytes.append(number: value)
            #expect(Double(String(decoding: bytes, as: UTF8.self)) == value)
        }
    }

    @Test("integers of any length", arguments: [0, 9, 10, 12345, UInt64.max])
    func integers(value: UInt64) {
        var bytes: [UInt8] = [UInt8(ascii: "x")]
        bytes.append(decimal: value)
        #expect(String(decoding: bytes, as: UTF8.self) == "x\(value)")
    }
}
