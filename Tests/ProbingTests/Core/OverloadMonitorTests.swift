import Testing

@testable import Probing

private let ms: Int64 = 1_000_000

@Suite("Whether the engine ran when it had to")
struct OverloadMonitorTests {
    @Test("a wake-up in time is no gap")
    func inTime() {
        var monitor = OverloadMonitor()
        monitor.observe(expected: 100 * ms, now: 150 * ms)
        #expect(monitor.takeReport() == nil)
        #expect(!monitor.spoils(deadline: 120 * ms))
    }

    @Test("what ended in a gap is spoiled, what ended before or after it is not")
    func gap() {
        var monitor = OverloadMonitor()
        monitor.observe(expected: 100 * ms, now: 700 * ms)
        #expect(!monitor.spoils(deadline: 100 * ms))
        #expect(monitor.spoils(deadline: 101 * ms))
        #expect(monitor.spoils(deadline: 700 * ms))
        #expect(!monitor.spoils(deadline: 701 * ms))
        let report = monitor.takeReport()
        #expect(report?.start == 100 * ms)
        #expect(report?.end == 700 * ms)
        #expect(monitor.takeReport() == nil)
    }

    @Test("an exchange that needs turns is spoiled also where its own deadline was what the loop was late for")
    func exchange() {
        var monitor = OverloadMonitor()
        #expect(!monitor.spoils(exchangeUntil: 100 * ms))
        monitor.observe(expected: 100 * ms, now: 700 * ms)
        #expect(monitor.spoils(exchangeUntil: 100 * ms) && monitor.spoils(exchangeUntil: 700 * ms))
        #expect(!monitor.spoils(exchangeUntil: 99 * ms) && !monitor.spoils(exchangeUntil: 701 * ms))
    }

    @Test("two gaps with hardly a run between them are one")
    func joined() {
        var monitor = OverloadMonitor()
        monitor.observe(expected: 100 * ms, now: 300 * ms)
        monitor.observe(expected: 310 * ms, now: 600 * ms)
        let report = monitor.takeReport()
        #expect(report?.start == 100 * ms)
        #expect(report?.end == 600 * ms)
    }

    @Test("a later gap takes the place of one that is over")
    func later() {
        var monitor = OverloadMonitor()
        monitor.observe(expected: 100 * ms, now: 300 * ms)
        monitor.observe(expected: 1_000 * ms, now: 1_200 * ms)
        #expect(!monitor.spoils(deadline: 200 * ms))
        #expect(monitor.spoils(deadline: 1_100 * ms))
    }
}
