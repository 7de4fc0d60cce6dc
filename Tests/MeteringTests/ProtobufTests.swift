import Metering
import Testing

@Suite("delimited protobuf")
struct ProtobufTests {
    @Test("a counter, byte for byte")
    func counterBytes() {
        var store = MetricStore()
        store.add(store.series(Family<Counter>("c_total", "Help.", labels: ["l"]), ["é"]), 1)
        let expected: [UInt8] =
            [40]  // length of the family
            + [0x0A, 7] + Array("c_total".utf8)
            + [0x12, 5] + Array("Help.".utf8)
            + [0x18, 0]  // COUNTER
            + [0x22, 20, 0x0A, 7, 0x0A, 1, 0x6C, 0x12, 2, 0xC3, 0xA9]
            + [0x1A, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
        #expect(store.render(.protobuf) == expected)
    }

    @Test("the whole catalogue says the same as the text format")
    func agreesWithText() throws {
        let store = Sample.filled()
        let read = try TextFormatReader(store.render(.text))
        var fromText: Set<[String]> = []
        for sample in read.samples { fromText.insert([sample.name] + sample.labels.flatMap { $0 } + [sample.value]) }
        var fromProtobuf: Set<[String]> = []
        for family in try ProtobufMessage.delimited(store.render(.protobuf)) {
            let name = try #require(family.string(1))
            #expect(family.string(2) == read.helps[name])
            for metric in try family.messages(4) { fromProtobuf.formUnion(try samples(name, metric)) }
        }
        #expect(fromProtobuf == fromText)
    }

    /// The lines that the text format would have for this metric.
    private func samples(_ name: String, _ metric: ProtobufMessage) throws -> [[String]] {
        let labels = try metric.messages(1).flatMap { [$0.string(1) ?? "", $0.string(2) ?? ""] }
        for scalar in try metric.messages(2) + metric.messages(3) {
            return [[name] + labels + [shown(try #require(scalar.double(1)))]]
        }
        let histogram = try #require(try metric.messages(7).first)
        let count = String(try #require(histogram.number(1)))
        var lines = [
            ["\(name)_count"] + labels + [count],
            ["\(name)_sum"] + labels + [shown(try #require(histogram.double(2)))],
            ["\(name)_bucket"] + labels + ["le", "+Inf", count],
        ]
        for bucket in try histogram.messages(3) {
            let bound = try #require(bucket.double(2)).description
            lines.append(["\(name)_bucket"] + labels + ["le", bound, String(try #require(bucket.number(1)))])
        }
        return lines
    }

    private func shown(_ value: Double) -> String {
        value == value.rounded() ? String(Int64(value)) : value.description
    }

    private func histogram(of nanoseconds: [Int64]) throws -> ProtobufMessage {
        var store = MetricStore()
        let series = store.series(Family<Histogram>("h_seconds", "Help.", bounds: [.seconds(1)]))
        for value in nanoseconds { store.record(series, nanoseconds: value) }
        let family = try #require(try ProtobufMessage.delimited(store.render(.protobuf)).first)
        #expect(family.string(5) == "seconds")
        return try #require(try family.messages(4).first?.messages(7).first)
    }

    private func spans(_ histogram: ProtobufMessage) throws -> [[Int64]] {
        try histogram.messages(12).map { span in
            [ProtobufMessage.signed(try #require(span.number(1))), Int64(try #require(span.number(2)))]
        }
    }

    @Test("an empty native histogram has a span of nothing, or it would look classic")
    func emptyHistogram() throws {
        let histogram = try histogram(of: [])
        #expect(ProtobufMessage.signed(try #require(histogram.number(5))) == 3)
        #expect(histogram.double(6) == 0x1p-128)
        #expect(try spans(histogram) == [[0, 0]])
        #expect(try histogram.packedSigned(13).isEmpty)
    }

    @Test("spans and deltas give back the buckets: small gaps stay inside, large ones split")
    func spansAndDeltas() throws {
        let second: Int64 = 1_000_000_000
        // Buckets 0 (three), 3 (one), 16 (two) of schema 3, and zero.
        let histogram = try histogram(of: [
            second, second, second, second * 129 / 100, second * 4, second * 4, 0,
        ])
        #expect(histogram.number(1) == 7)
        #expect(histogram.number(7) == 1)
        #expect(try spans(histogram) == [[0, 4], [12, 1]])
        #expect(try histogram.packedSigned(13) == [3, -3, 0, 1, 1])
    }

    @Test("a first bucket below one second has a negative offset")
    func negativeOffset() throws {
        let histogram = try histogram(of: [250_000_000, 125_000_000])
        #expect(try spans(histogram) == [[-24, 1], [7, 1]])
        #expect(try histogram.packedSigned(13) == [1, 0])
    }

    @Test("label values come unescaped")
    func labels() throws {
        var store = MetricStore()
        let family = Family<Gauge>("x", "Help.", labels: ["l", "m", "n"])
        store.set(store.series(family, [ExpositionTests.odd, "", "\\"]), 1.0)
        let metric = try #require(try ProtobufMessage.delimited(store.render(.protobuf)).first?.messages(4).first)
        #expect(try metric.messages(1).map { $0.string(2) } == [ExpositionTests.odd, "", "\\"])
    }

    @Test("nothing to show is no bytes")
    func empty() {
        #expect(MetricStore(families: Catalogue.all).render(.protobuf).isEmpty)
    }
}
