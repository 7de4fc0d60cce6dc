import Metering
import Testing

@Suite("the store")
struct StoreTests {
    let counters = Family<Counter>("c_total", "Help.", labels: ["l"])
    let gauges = Family<Gauge>("g", "Help.", labels: ["l"])
    let histograms = Family<Histogram>("h_seconds", "Help.", labels: ["l"], bounds: [.seconds(1)])

    @Test("the same labels are the same series")
    func sameSeries() {
        var store = MetricStore()
        let first = store.series(counters, ["a"])
        store.add(first, 2)
        let second = store.series(counters, ["a"])
        #expect(first == second)
        #expect(store.value(second) == 2)
        #expect(store.series(counters, ["b"]) != first)
    }

    @Test("a reload keeps what is asked for again and removes the rest")
    func reload() throws {
        var store = MetricStore()
        let kept = store.series(counters, ["kept"])
        let gone = store.series(counters, ["gone"])
        let other = store.series(gauges, ["other family"])
        store.add(kept, 5)
        store.set(other, 1.0)
        let new = store.reload([counters.definition]) { store in
            #expect(store.series(counters, ["kept"]) == kept)
            return store.series(counters, ["new"])
        }
        #expect(store.value(kept) == 5)
        #expect(store.value(gone) == nil)
        #expect(store.value(new) == 0)
        #expect(store.value(other) == 1)
        let labels = try TextFormatReader(store.render(.text)).samples.map { $0.labels[0][1] }
        #expect(labels == ["kept", "new", "other family"])
    }

    @Test("the address of a removed series touches no later one")
    func staleAddress() throws {
        var store = MetricStore()
        let old = store.series(counters, ["old"])
        store.remove(old, of: counters)
        let new = store.series(counters, ["new"])
        store.add(old, 100)
        store.remove(old, of: counters)
        #expect(store.value(new) == 0)
        #expect(store.value(old) == nil)

        let oldHistogram = store.series(histograms, ["old"])
        store.record(oldHistogram, nanoseconds: 1)
        store.remove(oldHistogram, of: histograms)
        _ = store.series(histograms, ["new"])
        store.record(oldHistogram, nanoseconds: 1)
        #expect(try TextFormatReader(store.render(.text)).value("h_seconds_count", [["l", "new"]]) == "0")
    }

    @Test("a family can be emptied")
    func removeAll() {
        var store = MetricStore()
        let series = store.series(gauges, ["a"])
        store.set(series, 1.0)
        store.removeAll(of: gauges)
        #expect(store.value(series) == nil)
        #expect(store.render(.text).isEmpty)
    }

    @Test("a counter never falls", arguments: [-1, .nan, -Double.infinity])
    func counterNeverFalls(amount: Double) {
        var store = MetricStore()
        let series = store.series(counters, ["a"])
        store.add(series, 3)
        store.add(series, amount)
        store.raise(series, to: amount)
        #expect(store.value(series) == 3)
        store.raise(series, to: 7)
        #expect(store.value(series) == 7)
    }

    @Test("a first value does not replace a later one")
    func initialize() {
        var store = MetricStore()
        let series = store.series(gauges, ["a"])
        store.initialize(series, 0)
        store.set(series, 4.0)
        store.initialize(series, 0)
        #expect(store.value(series) == 4)
    }

    @Test("a copy does not see later updates")
    func copies() {
        var store = MetricStore()
        let series = store.series(counters, ["a"])
        let copy = store
        store.add(series)
        #expect(copy.value(series) == 0)
    }

    @Test("a thousand reloads leave as many series as one")
    func manyReloads() throws {
        var store = MetricStore()
        for round in 0..<1000 {
            store.reload([counters.definition, histograms.definition]) { store in
                for index in 0..<3 { store.add(store.series(counters, ["\((round + index) % 7)"])) }
                _ = store.series(histograms, ["\(round)"])
            }
        }
        let read = try TextFormatReader(store.render(.text))
        #expect(read.samples.filter { $0.name == "c_total" }.count == 3)
        #expect(read.samples.filter { $0.name == "h_seconds_count" }.map(\.labels) == [[["l", "999"]]])
    }
}
