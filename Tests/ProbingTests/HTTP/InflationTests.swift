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

    @Test("what is not kept is counted, and whoever asks may end it")
    func counting() {
        let many = Array(repeating: Self.first, count: 50_000).flatMap { $0 }
        let counted = Inflation.inflate(many, as: .gzip, most: .max, kept: 0)
        #expect(counted.length == 300_000 && counted.bytes.isEmpty && counted.isWhole && !counted.isCut)
        let beginning = Inflation.inflate(many, as: .gzip, most: .max, kept: 8)
        #expect(String(decoding: beginning.bytes, as: UTF8.self) == "hello he" && beginning.length == 300_000)
        let long = Inflation.inflate(many, as: .gzip, most: 100)
        #expect(long.isCut && long.length > 100 && long.bytes.count == 100)
        var asked: [Int] = []
        let ended = Inflation.inflate(many, as: .gzip, most: .max) { kept in
            asked.append(kept)
            return asked.count < 3
        }
        #expect(ended.isCut && !ended.isWhole && ended.bytes.count == asked[1] && asked.count == 3)
    }
}
