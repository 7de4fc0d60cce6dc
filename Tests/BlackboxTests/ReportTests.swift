import Model
import Testing

@testable import Blackbox

@Suite("what /probe answers")
struct ReportTests {
    @Test(
        "numbers are Go's",
        arguments: [
            (0, "0"), (1, "1"), (-1, "-1"), (0.25, "0.25"), (100_000, "100000"), (1_000_000, "1e+06"),
            (1_795_396_694, "1.795396694e+09"), (-62_135_596_800, "-6.21355968e+10"), (0.000123, "0.000123"),
            (0.0000123, "1.23e-05"), (268_435_456.5, "2.684354565e+08"), (123456.75, "123456.75"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"), (1e-300, "1e-300"),
        ] as [(Double, String)]
    )
    func numbers(value: Double, text: String) {
        #expect(GoNumber.text(value) == text)
    }

    @Test("families come by name, samples by label, each family with its help and type; labels are escaped")
    func exposition() {
        var report = ProbeReport()
        report.set(.success, 1)
        report.set(.icmpDuration, 0.5, .init("phase", "setup"))
        report.set(.icmpDuration, 0, .init("phase", "resolve"))
        report.set(.chainInfo, 1, .init("subject", "CN=\"a\"\\\n"), .init("issuer", "CN=b"))
        #expect(
            report.exposition == """
                # HELP probe_icmp_duration_seconds Duration of icmp request by phase
                # TYPE probe_icmp_duration_seconds gauge
                probe_icmp_duration_seconds{phase="resolve"} 0
                probe_icmp_duration_seconds{phase="setup"} 0.5
                # HELP probe_ssl_last_chain_info Contains SSL leaf certificate information
                # TYPE probe_ssl_last_chain_info gauge
                probe_ssl_last_chain_info{issuer="CN=b",subject="CN=\\"a\\"\\\\\\n"} 1
                # HELP probe_success Displays whether or not the probe was a success
                # TYPE probe_success gauge
                probe_success 1

                """
        )
    }

    @Test("the log is logfmt, bounded, and a peer's text cannot break a line")
    func log() {
        var report = ProbeReport()
        let time = WallTime(nanoseconds: 1_000_000_000)
        report.note(.debug, "Read line", ["line": "a\nb=\"c\""], about: [("module", "m")], at: time)
        #expect(
            report.lines == [
                #"ts=1970-01-01T00:00:01.000Z caller=netprobe module=m level=debug msg="Read line" line="a\nb=\"c\"""#
            ]
        )
        for _ in 0..<2000 { report.note(.info, String(repeating: "x", count: 9000), about: [], at: time) }
        #expect(report.lines.count == ProbeReport.mostLines && report.lines.allSatisfy { $0.utf8.count < 2200 })
    }

    @Test(
        "the time is the lesser of the module's and what Prometheus leaves",
        arguments: [
            (nil, "15", 14.5), (20, "15", 14.5), (5, "15", 5), (10, nil, 10), (10, "10", 9.5), (9.5, nil, 9.5),
            (nil, nil, 119.5), (5, "0.3", 5), (nil, "0.3", 0), (nil, "1e9", 3600), (nil, "inf", 3600),
        ] as [(Double?, String?, Double)]
    )
    func time(module: Double?, header: String?, seconds: Double) throws {
        #expect(try ProbeTime.seconds(header: header, module: module) == seconds)
    }

    @Test("a time that is none is told in Go's words", arguments: ["soon", "1 s", "nan"])
    func noTime(header: String) {
        #expect(throws: ProbeTime.Mistake(message: "strconv.ParseFloat: parsing \"\(header)\": invalid syntax")) {
            try ProbeTime.seconds(header: header, module: nil)
        }
    }
}
