import Metering
import Testing

@Suite("content negotiation")
struct NegotiationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var accept: String
        var contentType: String

        init(_ name: String, _ accept: [String], _ contentType: String) {
            testDescription = name
            self.accept = accept.joined(separator: ",")
            self.contentType = contentType
        }
    }

    static let text = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
    static let protobuf =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; "
        + "escaping=underscores"
    static let family =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

    static func openMetrics(_ version: String = "1.0.0", _ escaping: String = "underscores") -> String {
        "application/openmetrics-text; version=\(version); charset=utf-8; escaping=\(escaping)"
    }

    /// What scrapers really send.
    static let scrapers: [Case] = [
        Case(
            "Prometheus 2.42",
            [
                "application/openmetrics-text;version=1.0.0", "application/openmetrics-text;version=0.0.1;q=0.75",
                "text/plain;version=0.0.4;q=0.5", "*/*;q=0.1",
            ],
            openMetrics()
        ),
        Case(
            "Prometheus 2.42 with native histograms",
            [
                family, "application/openmetrics-text;version=1.0.0;q=0.8",
                "application/openmetrics-text;version=0.0.1;q=0.75", "text/plain;version=0.0.4;q=0.5", "*/*;q=0.1",
            ],
            protobuf
        ),
        Case(
            "Prometheus 3.14",
            [
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6",
                "application/openmetrics-text;version=0.0.1;q=0.5",
                "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4", "text/plain;version=0.0.4;q=0.3", "*/*;q=0.2",
            ],
            openMetrics("1.0.0", "allow-utf-8")
        ),
        Case(
            "Prometheus 3.14 with native histograms",
            [
                family + ";q=0.6", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5",
                "application/openmetrics-text;version=0.0.1;q=0.4",
                "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3", "text/plain;version=0.0.4;q=0.2", "*/*;q=0.1",
            ],
            protobuf
        ),
        Case("curl", ["*/*"], text),
        Case("a browser", ["text/html", "application/xhtml+xml", "application/xml;q=0.9", "*/*;q=0.8"], text),
    ]

    static let rules: [Case] = [
        Case("an empty header", [], text),
        Case("OpenMetrics without a version is 0.0.1", ["application/openmetrics-text"], openMetrics("0.0.1")),
        Case("an unknown version", ["application/openmetrics-text; version=2.0.0"], text),
        Case("a quoted version", ["application/openmetrics-text; version=\"1.0.0\""], openMetrics()),
        Case("text without a version", ["text/plain"], text),
        Case("any text", ["text/*"], text),
        Case("protobuf in another encoding", [family + "; encoding=text"], text),
        Case("protobuf of an unknown message", ["application/vnd.google.protobuf"], text),
        Case(
            "quality before order",
            ["text/plain;q=0.1", "application/openmetrics-text;version=1.0.0"],
            openMetrics()
        ),
        Case("order at equal quality", ["text/plain", "application/openmetrics-text;version=1.0.0"], text),
        Case("quality 0 refuses", ["application/openmetrics-text;version=1.0.0;q=0", "*/*"], text),
        Case("an impossible quality", ["application/openmetrics-text;version=1.0.0;q=7"], text),
        Case("upper case and spaces", ["APPLICATION/OPENMETRICS-TEXT ; VERSION=1.0.0 ; Q=1"], openMetrics()),
        Case("nothing that is offered", ["application/json"], text),
        Case("what is no media type", [";;;", "", "/;q"], text),
        Case("an unknown escaping is ignored", ["text/plain;escaping=bogus"], text),
        Case(
            "a known escaping is confirmed",
            ["application/openmetrics-text;version=1.0.0;escaping=dots"],
            openMetrics("1.0.0", "dots")
        ),
    ]

    @Test("a scraper gets the best form that it asks for", arguments: scrapers)
    func scraper(example: Case) {
        #expect(ExpositionFormat.negotiated(accept: example.accept).contentType == example.contentType)
    }

    @Test("the rules of the header", arguments: rules)
    func rule(example: Case) {
        #expect(ExpositionFormat.negotiated(accept: example.accept).contentType == example.contentType)
    }

    @Test("no header means text")
    func noHeader() {
        #expect(ExpositionFormat.negotiated(accept: nil) == .text)
    }

    @Test("a header without end is read no further than thirty-two clauses")
    func manyClauses() {
        let noise = String(repeating: "a/b,", count: 40)
        #expect(ExpositionFormat.negotiated(accept: noise + "application/openmetrics-text") == .text)
    }
}
