import Model
import Testing
import Traceroute
import Wire

@Suite("Statistics of a hop")
struct HopStatisticsTests {
    private func milliseconds(_ values: Int...) -> [Duration] { values.map { .milliseconds($0) } }

    @Test("known values")
    func known() {
        let statistics = HopStatistics(sent: 6, roundTrips: milliseconds(2, 4, 4, 6, 9))
        #expect(statistics.received == 5 && statistics.last == .milliseconds(9))
        #expect(statistics.best == .milliseconds(2) && statistics.worst == .milliseconds(9))
        #expect(statistics.average == .milliseconds(5))
        // Squares of the differences: 9, 1, 1, 1, 16; divided by 4: 7.
        #expect(statistics.deviation == .nanoseconds(2_645_751))
        // Differences 2, 0, 2, 3.
        #expect(statistics.jitter == .microseconds(1_750))
        #expect(statistics.loss == 1.0 / 6)
        // Sixteenths of 2, 0, 2, 3: 0.125, 0.1171875, 0.23486…, 0.40768… ms.
        #expect(statistics.interarrivalJitter == .nanoseconds(407_684))
        #expect(statistics.median == .milliseconds(4))
        #expect(statistics.percentile90 == .milliseconds(9) && statistics.percentile99 == .milliseconds(9))
    }

    @Test("a percentile is a value that was measured", arguments: [(1, 1, 1), (2, 1, 2), (100, 50, 90), (101, 51, 91)])
    func percentiles(count: Int, median: Int, ninetieth: Int) {
        let statistics = HopStatistics(sent: count, roundTrips: (1...count).reversed().map { .milliseconds($0) })
        #expect(statistics.median == .milliseconds(median) && statistics.percentile90 == .milliseconds(ninetieth))
    }

    @Test("one answer has no spread, none has no times")
    func few() {
        let one = HopStatistics(sent: 1, roundTrips: milliseconds(3))
        #expect(one.average == .milliseconds(3) && one.deviation == nil && one.jitter == nil)
        let none = HopStatistics(sent: 4, roundTrips: [])
        #expect(none.best == nil && none.loss == 1)
        #expect(HopStatistics(sent: 0, roundTrips: []).loss == 0)
    }

    @Test("equal values spread by nothing, and long ones stay exact")
    func exact() {
        let hour = HopStatistics(
            sent: 3,
            roundTrips: [.seconds(3600), .seconds(3600), .seconds(3600) + .nanoseconds(3)]
        )
        #expect(hour.average == .seconds(3600) + .nanoseconds(1))
        #expect(HopStatistics(sent: 2, roundTrips: milliseconds(5, 5)).deviation == .zero)
    }
}
