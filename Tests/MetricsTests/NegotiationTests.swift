import Metrics
import Testing

@Suite("content negotiation")
struct NegotiationTests {
    static let text = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
    static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"

    @Test(
        "each scraper gets the best form that it asks for",
        arguments: [
            // Prometheus 2.42
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                openMetrics
            ),
            // Prometheus 3.14
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                    + "application/openmetrics-text;version=0.0.1;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            ),
            // curl, a browser, nothing
            ("*/*", text),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", text),
            ("", text),
            // Versions
            (
                "application/openmetrics-text",
                "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores"
            ),
            ("application/openmetrics-text; version=2.0.0", text),
            ("application/openmetrics-text; version=\"1.0.0\"", openMetrics),
            ("text/plain", text), ("text/plain;version=0.0.4", text), ("text/*", text),
            // Order, refusal, disorder
            ("text/plain;q=0.1, application/openmetrics-text;version=1.0.0;q=0.2", openMetrics),
            ("text/plain, application/openmetrics-text;version=1.0.0", text),
            ("application/openmetrics-text;version=1.0.0;q=0, */*", text),
            ("application/openmetrics-text;version=1.0.0;q=7", text),
            ("APPLICATION/OPENMETRICS-TEXT ; VERSION=1.0.0 ; Q=1", openMetrics),
            ("application/json", text), (";;;,,,/;q", text), ("text/plain;escaping=bogus", text),
            (
                "application/openmetrics-text;version=1.0.0;escaping=dots",
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots"
            ),
        ]
    )
    func negotiates(accept: String, contentType: String) {
        #expect(ExpositionFormat.negotiated(accept: accept).contentType == contentType)
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
