import Links
import Model
import Sockets
import TestSupport
import Testing

@testable import Service

@Suite("open outages over a restart")
struct OpenOutagesTests {
    private static let seen = WallTime(nanoseconds: 1_000_000_000_000)
    private static let kept = OpenOutages(
        starts: ["busan": seen + .seconds(-3), "seoul": seen + .seconds(-20)],
        blindTimes: [.init(from: seen + .seconds(-15), to: seen + .seconds(-9))],
        seenAt: seen
    )

    private static func clock(_ seconds: Int64, wall: Duration) -> ClockReading {
        ClockReading(monotonic: MonotonicTime(nanoseconds: seconds * 1_000_000_000), wall: seen + wall)
    }

    @Test("they are read as they were written")
    func roundTrip() throws {
        #expect(try OpenOutages(Self.kept.bytes) == Self.kept)
        #expect(
            String(decoding: Self.kept.bytes, as: UTF8.self)
                == #"{"version":1,"seen_ns":1000000000000,"links":{"busan":997000000000,"seoul":980000000000},"#
                + #""blind_ns":[[985000000000,991000000000]]}"#
        )
    }

    @Test(
        "a text of another kind is damaged, one of a newer version is told apart",
        arguments: ["", "{", "[]", "{\"version\":0}", "{\"version\":1,\"seen_ns\":1}"]
    )
    func other(text: String) {
        #expect(throws: OpenOutages.Unreadable.damaged) { try OpenOutages(Array(text.utf8)) }
        let newer = #"{"version":2,"seen":"elsewhere"}"#
        #expect(throws: OpenOutages.Unreadable.newer(version: 2)) { try OpenOutages(Array(newer.utf8)) }
    }

    @Test(
        "a last watched moment that no clock shows is damage",
        arguments: [Int64.min, -9_000_000_000_000_000_000, -1, 9_000_000_000_000_000_000, .max]
    )
    func strangeMoment(seen: Int64) {
        let text = #"{"version":1,"seen_ns":\#(seen),"links":{"seoul":1}}"#
        #expect(throws: OpenOutages.Unreadable.damaged) { try OpenOutages(Array(text.utf8)) }
    }

    @Test("beginnings and blind times that no clock shows are left out")
    func strangeTimes() throws {
        let text =
            #"{"version":1,"seen_ns":1000000000000,"links":{"a":\#(Int64.min),"b":\#(Int64.max),"seoul":997000000000},"#
            + #""blind_ns":[[\#(Int64.min),\#(Int64.max)],[\#(Int64.min),1],[2,\#(Int64.max)]]}"#
        let outages = try OpenOutages(Array(text.utf8))
        let found = try #require(outages.resumable(at: Self.clock(5, wall: .seconds(2))))
        #expect(found.starts == ["seoul": MonotonicTime(nanoseconds: 0)] && found.blindTimes.isEmpty)
    }

    @Test("a file of a newer version is left as it is, a damaged one is written anew; both are told")
    func file() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/\(OutageFile.name)"
        for (text, isKept) in [(#"{"version":2}"#, true), (#"{"version":1,"seen_ns"#, false)] {
            WholeFile.replace(path, with: Array(text.utf8))
            let file = OutageFile(directory: folder.path)
            #expect(file.former == nil && file.problem?.contains(path) == true)
            file.keep(Self.kept)
            file.finish()
            #expect(WholeFile.read(path) == (isKept ? Array(text.utf8) : Self.kept.bytes))
        }
        let again = OutageFile(directory: folder.path)
        #expect(again.former == Self.kept && again.problem == nil)
    }

    @Test("they are gone on with where they were, by this run's clock, also from before the machine's start")
    func resumed() throws {
        let found = try #require(Self.kept.resumable(at: Self.clock(5, wall: .seconds(2))))
        #expect(found.seenUntil == MonotonicTime(nanoseconds: 3_000_000_000))
        #expect(found.starts["busan"] == MonotonicTime(nanoseconds: 0))
        #expect(found.starts["seoul"] == MonotonicTime(nanoseconds: -17_000_000_000))
    }

    @Test("what was hidden from that run, an absence before it say, is told to this one")
    func hidden() throws {
        let found = try #require(Self.kept.resumable(at: Self.clock(5, wall: .seconds(2))))
        let (from, end) = (MonotonicTime(nanoseconds: -12_000_000_000), MonotonicTime(nanoseconds: -6_000_000_000))
        #expect(found.blindTimes == [BlindTime(from: from, to: end)])
    }

    @Test("a span that ends before it begins, or is none, is left out")
    func oddSpans() throws {
        let text = #"{"version":1,"seen_ns":9,"links":{"a":1},"blind_ns":[[5,4],[1],"x",[2,3]]}"#
        let spans = try OpenOutages(Array(text.utf8)).blindTimes
        #expect(spans == [.init(from: WallTime(nanoseconds: 2), to: WallTime(nanoseconds: 3))])
    }

    @Test("after a long absence, or when the clock was set back, nothing is", arguments: [-1, 3601])
    func forgotten(seconds: Int) {
        #expect(Self.kept.resumable(at: Self.clock(5, wall: .seconds(seconds))) == nil)
    }
}
