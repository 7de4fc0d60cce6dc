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

    /// "hello hello hello\n" in Brotli.
    private static let brotli: [UInt8] = [27, 17, 0, 0, 164, 20, 64, 114, 16, 69, 144, 169, 195, 115, 250, 5]

    @Test("Brotli has an end, and nothing behind it (RFC 7932 §2)")
    func brotli() {
        let whole = Inflation.inflate(Self.brotli, as: .brotli, most: 100)
        #expect(String(decoding: whole.bytes, as: UTF8.self) == "hello hello hello\n" && whole.isWhole)
        for broken: [UInt8] in [Array(Self.brotli.dropLast()), Self.brotli + [1], Array("hello world".utf8)] {
            let found = Inflation.inflate(broken, as: .brotli, most: 100)
            #expect(!found.isWhole && !found.isCut, "\(broken)")
        }
        #expect(Inflation.inflate([], as: .brotli, most: 100).isWhole)
    }

    @Test("a window counts as what is held, and a bomb of Brotli is cut")
    func window() {
        // Twenty million times zero, with a window of 16 MiB.
        let bomb: [UInt8] = [
            0xCF, 0xFF, 0xFF, 0x7F, 0x00, 0x24, 0x00, 0xE2, 0xB1, 0x40, 0x72, 0xEF, 0xFF, 0xF3, 0x9F, 0x25, 0x06, 0x80,
            0x04, 0x40, 0x1C, 0x16, 0x80, 0x2E, 0x49, 0x0C,
        ]
        var most = 0
        let counted = Inflation.inflate(bomb, as: .brotli, most: .max, kept: 0) { held in
            most = max(most, held)
            return true
        }
        #expect(counted.length == 20_000_000 && counted.isWhole && counted.bytes.isEmpty)
        #expect(most > 16 << 20 && most < 18 << 20, "\(most)")
        let refused = Inflation.inflate(bomb, as: .brotli, most: .max, kept: 0) { $0 < 1 << 20 }
        #expect(refused.isCut && refused.length <= 65_536)
        #expect(Inflation.inflate(bomb, as: .brotli, most: 100).isCut)
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
