import Model
import Settings
import Testing

@Suite("YAML")
struct YAMLTests {
    @Test(
        "words that YAML 1.1 takes for truth values, numbers and times stay texts",
        arguments: ["no", "on", "010", "1:30", "1e3", "0x10", "y", "2026-01-01"]
    )
    func traps(word: String) throws {
        let yaml = "\(Sample.paths)links: [{name: a, tiers: [[vpn]], labels: {a: \(word)}}]\n"
        let link = try #require(try load(yaml).configuration().links.first)
        #expect(link.labels == ["a": word])
    }

    @Test("null is the absence of a value, quoted it is a text")
    func null() throws {
        #expect(try load("plan: null\nsite: {name: ~}\n").configuration().plan == nil)
        #expect(try load("plan: \"null\"\n").configuration().plan?.hasSuffix("/null") == true)
    }

    @Test("an anchor that would grow without bound is refused before it grows")
    func laughs() throws {
        var yaml = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (last, next) in zip("abcdefgh", "bcdefghi") {
            yaml += "\(next): &\(next) [" + Array(repeating: "*\(last)", count: 9).joined(separator: ",") + "]\n"
        }
        let loaded = try load(yaml)
        #expect(loaded.result.configuration == nil)
        #expect(loaded.errors.contains { $0.contains("makes an anchor") })
    }

    @Test("nesting without end is refused", arguments: ["[", "{a: ", "- "])
    func deep(opening: String) throws {
        let loaded = try load(String(repeating: opening, count: 100_000))
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains("nested too deeply") == true, "\(loaded.errors)")
    }

    @Test("values without number are refused within the size of a file")
    func many() throws {
        let loaded = try load("links: [" + String(repeating: "a,", count: 1_100_000) + "]")
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains("too many values") == true)
    }

    @Test("an error names line and column in characters, not bytes")
    func columns() throws {
        let loaded = try load("site: {name: \"부산\", nmae: x}\n")
        #expect(loaded.errors.contains { $0.hasPrefix("netprobe.yml:1:20: ") }, "\(loaded.errors)")
    }

    @Test("a duplicate key names the line of the first")
    func duplicate() throws {
        let loaded = try load("site: {name: a}\n\nsite: {name: b}\n")
        #expect(
            loaded.errors == ["netprobe.yml:3:1: error: duplicate key 'site', first on line 1; allowed: each key once"]
        )
    }

    @Test("no cut and no changed byte of a good file makes the loader crash")
    func mutilated() throws {
        let good = Array(
            (Sample.paths + "links: [{name: a, tiers: [[er/primary], [vpn]], through: [\"icmp://10.0.0.1\"]}]\n").utf8
        )
        var random = SystemRandomNumberGenerator()
        for length in stride(from: 0, to: good.count, by: 7) {
            _ = try load(bytes: Array(good[..<length]))
            var changed = good
            for _ in 0..<3 {
                changed[Int.random(in: 0..<good.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let loaded = try load(bytes: changed)
            #expect(loaded.result.configuration != nil || loaded.result.hasErrors)
        }
    }
}
