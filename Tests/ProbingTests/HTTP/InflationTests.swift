import Testing

@testable import Probing

@Suite("compressed bodies")
struct InflationTests {
    /// `gzip -n` of "hello ".
    private static let first: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 87, 0, 0, 246, 249, 129, 237, 6, 0, 0, 0,
    ]

    @Test("gzip may have several members; rubbish behind them is an error (RFC 1952 §2.2)")
    func members() {
        let two = Inflation.inflate(Self.first + Self.first, as: .gzip, most: 100)
        #expect(String(decoding: two.bytes, as: UTF8.self) == "hello hello " && two.isWhole)
        #expect(!Inflation.inflate(Self.first + [1, 2, 3], as: .gzip, most: 100).isWhole)
        #expect(!Inflation.inflate(Self.first + Self.first.prefix(15), as: .gzip, most: 100).isWhole)
    }
}
