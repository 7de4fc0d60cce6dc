import Metering
import TestSupport
import Testing

@Suite("exposition")
struct ExpositionTests {
    static let odd = "a\\b\"c\nd\\n é😀 \r{},="

    @Test("the whole catalogue in text format 0.0.4")
    func goldenText() throws {
        try expectGolden(text(Sample.filled().render(.text)), "Tests/Golden/metrics/catalogue.prom")
    }

    @Test("the whole catalogue in OpenMetrics 1.0.0")
    func goldenOpenMetrics() throws {
        try expectGolden(text(Sample.filled().render(.openMetrics)), "Tests/Golden/metrics/catalogue.om")
    }

    @Test("every family of the catalogue can be shown")
    func everyFamily() throws {
        let shown = Set(try TextFormatReader(Sample.filled().render(.text)).types.keys)
        #expect(shown == Set(Catalogue.all.map(\.name)))
    }

    @Test("label values survive escaping", arguments: [ExpositionFormat.text, .openMetrics])
    func escaping(format: ExpositionFormat) throws {
        var store = MetricStore()
        let family = Family<Gauge>("x", "Help.", labels: ["l", "m"])
        store.set(store.series(family, [Self.odd, ""]), 1.0)
        let read = try TextFormatReader(store.render(format))
        #expect(read.samples == [.init(name: "x", labels: [["l", Self.odd], ["m", ""]], value: "1")])
    }

    @Test("random label values survive escaping")
    func randomEscaping() throws {
        let alphabet = Array("\\\"\nnab{}=, é".unicodeScalars)
        for _ in 0..<500 {
            var value = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12) { value.append(alphabet.randomElement() ?? "a") }
            var store = MetricStore()
            store.set(store.series(Family<Gauge>("x", "Help.", labels: ["l"]), [String(value)]), 1.0)
            #expect(try TextFormatReader(store.render(.text)).samples.first?.labels == [["l", String(value)]])
        }
    }

    @Test("help escapes backslash and line feed, in OpenMetrics quotation marks too")
    func help() throws {
        var store = MetricStore()
        store.set(store.series(Family<Gauge>("x", "a\\b \"c\"\nd")), 1.0)
        #expect(try TextFormatReader(store.render(.text)).helps["x"] == "a\\\\b \"c\"\\nd")
        #expect(try TextFormatReader(store.render(.openMetrics)).helps["x"] == "a\\\\b \\\"c\\\"\\nd")
    }

    @Test("OpenMetrics names a counter without _total, says its unit and ends with EOF")
    func openMetricsCounter() throws {
        var store = MetricStore()
        _ = store.series(Family<Counter>("x_seconds_total", "Help.", unit: "seconds"))
        #expect(
            text(store.render(.openMetrics)) == """
                # HELP x_seconds Help.
                # TYPE x_seconds counter
                # UNIT x_seconds seconds
                x_seconds_total 0
                # EOF

                """
        )
        #expect(
            text(store.render(.text)) == """
                # HELP x_seconds_total Help.
                # TYPE x_seconds_total counter
                x_seconds_total 0

                """
        )
    }

    @Test("an info is a gauge in text and an info in OpenMetrics")
    func info() throws {
        var store = MetricStore()
        store.set(store.series(Family<Info>("x_info", "Help.", labels: ["a"]), ["b"]))
        #expect(try TextFormatReader(store.render(.text)).types == ["x_info": "gauge"])
        #expect(try TextFormatReader(store.render(.openMetrics)).types == ["x": "info"])
        #expect(try TextFormatReader(store.render(.openMetrics)).value("x_info", [["a", "b"]]) == "1")
    }

    @Test("of a state set exactly one state is 1")
    func stateSet() throws {
        var store = MetricStore()
        let family = Family<StateSet>("x", "Help.", labels: ["l"], stateLabel: "state", states: ["a", "b", "c"])
        let series = store.series(family, ["m"])
        #expect(try TextFormatReader(store.render(.openMetrics)).samples.isEmpty)
        for state in 0..<3 {
            store.set(series, state)
            let values = try TextFormatReader(store.render(.text)).samples.map(\.value)
            #expect(values == (0..<3).map { $0 == state ? "1" : "0" })
        }
    }

    @Test("a fact out of a list shows the current one alone")
    func currentInfo() throws {
        var store = MetricStore()
        let family = Family<StateSet>(infoName: "x_info", "Help.", labels: [], stateLabel: "clock", states: ["a", "b"])
        store.set(store.series(family), 1)
        let samples = try TextFormatReader(store.render(.text)).samples
        #expect(samples == [.init(name: "x_info", labels: [["clock", "b"]], value: "1")])
    }

    @Test("buckets are cumulative, +Inf equals the count, bounds belong to their bucket")
    func histogram() throws {
        var store = MetricStore()
        let family = Family<Histogram>("x_seconds", "Help.", bounds: [.milliseconds(1), .seconds(1)])
        let series = store.series(family)
        for nanoseconds: Int64 in [-5, 0, 1_000_000, 1_000_001, 1_000_000_000, 5_000_000_000] {
            store.record(series, nanoseconds: nanoseconds)
        }
        let read = try TextFormatReader(store.render(.text))
        #expect(read.value("x_seconds_bucket", [["le", "0.001"]]) == "3")
        #expect(read.value("x_seconds_bucket", [["le", "1.0"]]) == "5")
        #expect(read.value("x_seconds_bucket", [["le", "+Inf"]]) == "6")
        #expect(read.value("x_seconds_count") == "6")
        #expect(read.value("x_seconds_sum") == "6.002000001")
    }

    @Test("an empty store is an empty page, in OpenMetrics its last line")
    func empty() {
        let store = MetricStore(families: Catalogue.all)
        #expect(store.render(.text).isEmpty)
        #expect(text(store.render(.openMetrics)) == "# EOF\n")
    }

    @Test("a NaN is a value, absence is not")
    func notANumber() throws {
        var store = MetricStore()
        let gauge = store.series(Family<Gauge>("x", "Help."))
        store.set(gauge, Double.nan)
        #expect(try TextFormatReader(store.render(.text)).value("x") == "NaN")
        store.set(gauge, nil as Double?)
        #expect(store.render(.text).isEmpty)
    }
}
