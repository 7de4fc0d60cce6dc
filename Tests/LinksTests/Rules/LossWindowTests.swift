import Model
import Testing

@testable import Links

@Suite("Losses of the last minute")
struct LossWindowTests {
    private static func moment(_ second: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)
    }

    /// A probe a second; what `isLost` names is lost.
    private func window(_ seconds: Range<Int>, _ window: LossWindow = LossWindow(), isLost: (Int) -> Bool) -> LossWindow
    {
        var window = window
        for second in seconds { window.record(isLost: isLost(second), at: Self.moment(second)) }
        return window
    }

    @Test("of a fall its own losses are forgotten, those before and after it stay")
    func fall() {
        var window = window(0..<30) { $0 % 3 == 0 }
        window = self.window(30..<40, window) { _ in true }
        window.markFall(losses: 10)
        window = self.window(40..<60, window) { $0 % 4 == 0 }
        #expect(window.totals(at: Self.moment(59)) == (60, 25))
        window.forgetFalls()
        #expect(window.totals(at: Self.moment(59)) == (50, 15))
        window.forgetFalls()
        #expect(window.totals(at: Self.moment(59)) == (50, 15))
    }

    @Test("a fall that is older than the window takes nothing of what came after it")
    func oldFall() {
        var window = window(0..<50) { _ in true }
        window.markFall(losses: 50)
        window = self.window(50..<130, window) { $0 % 2 == 0 }
        window.forgetFalls()
        #expect(window.totals(at: Self.moment(129)) == (60, 30))
    }

    @Test("the runs before a path fell are losses like others")
    func unmarked() {
        var window = window(0..<10) { $0 < 4 }
        window.markFall(losses: 4)
        window.unmarkFalls()
        window.forgetFalls()
        #expect(window.totals(at: Self.moment(9)) == (10, 4))
    }
}
