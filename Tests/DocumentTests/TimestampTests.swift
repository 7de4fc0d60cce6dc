import Document
import Testing

@Suite("times of RFC 3339")
struct TimestampTests {
    @Test(
        "a time is read to the nanosecond, whatever its zone",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000000001Z", 1),
            ("2026-12-05T01:00+09:00", 1_796_400_000_000_000_000), ("2026-12-04T16:00:00z", 1_796_400_000_000_000_000),
            ("2026-12-04 11:00:00-05:00", 1_796_400_000_000_000_000),
            ("2024-02-29T12:00:00.5Z", 1_709_208_000_500_000_000), ("2000-02-29T00:00Z", 951_782_400_000_000_000),
            ("2100-03-01T00:00Z", 4_107_542_400_000_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
        ]
    )
    func read(text: String, expected: Int64) {
        #expect(Timestamp.nanoseconds(text) == expected)
    }

    @Test(
        "what is no time, and what names no zone, is refused",
        arguments: [
            "", "2026-12-05", "2026-12-05T01:00", "2026-12-05T01:00:00", "2026-13-01T00:00Z", "2026-00-01T00:00Z",
            "2026-02-29T00:00Z", "2100-02-29T00:00Z", "2026-04-31T00:00Z", "2026-12-05T24:00Z", "2026-12-05T00:60Z",
            "2026-12-05T00:00:61Z", "2026-12-05T00:00:00.Z", "2026-12-05T00:00:00.0000000001Z", "26-12-05T00:00Z",
            "2026-12-05T00:00+0900", "2026-12-05T00:00+24:00", "2026-12-05T00:00Zx", "1969-12-31T23:59Z",
            "2201-01-01T00:00Z", "２026-12-05T00:00Z",
        ]
    )
    func refused(text: String) {
        #expect(Timestamp.nanoseconds(text) == nil)
    }

    @Test("what is written is read back")
    func roundTrip() {
        var moment: Int64 = 0
        while moment < 7_000_000_000_000_000_000 {
            #expect(Timestamp.nanoseconds(Timestamp.text(nanoseconds: moment)) == moment)
            moment += 86_399_123_456_789 * 97
        }
    }

    @Test(
        "a time is written with the digits it needs",
        arguments: [(0, "1970-01-01T00:00:00Z"), (1_500_000_000, "1970-01-01T00:00:01.5Z")]
    )
    func written(moment: Int64, expected: String) {
        #expect(Timestamp.text(nanoseconds: moment) == expected)
    }
}
