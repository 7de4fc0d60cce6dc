import Testing

@testable import Traceroute

@Suite("Loss of some flows beside others")
struct LossComparisonTests {
    @Test(
        "chance is that of Fisher's exact test, one-sided",
        arguments: [
            // All eight cups of the lady tasting tea; then as R's fisher.test(alternative = "greater").
            (4, 4, 4, 4, 1.0 / 70), (3, 4, 4, 4, 17.0 / 70), (8, 16, 16, 8, 0.0012236), (1, 1, 9, 1, 0.1),
        ]
    )
    func exact(ownLost: Int, own: Int, rest: Int, lost: Int, chance: Double) {
        #expect(abs(LossComparison.tail(of: ownLost, own: own, rest: rest, lost: lost) - chance) < 1e-6)
    }

    @Test("of millions of probes it is found at once, and still exact")
    func millions() {
        let half = 50_000_000
        #expect(abs(LossComparison.tail(of: 2, own: half, rest: half, lost: 2) - 0.25) < 1e-4)
        #expect(abs(LossComparison.tail(of: half / 2, own: half, rest: half, lost: half) - 0.5) < 1e-3)
        #expect(LossComparison.tail(of: half, own: half, rest: half, lost: half) == 0)
        #expect(abs(LossComparison.tail(of: 1, own: half, rest: half, lost: half) - 1) < 1e-3)
    }

    @Test("of nothing, or where none of the own is lost, everything is chance")
    func nothing() {
        #expect(LossComparison.tail(of: 0, own: 9, rest: 9, lost: 5) == 1)
        #expect(LossComparison.tail(of: 3, own: 9, rest: 0, lost: 3) == 1)
    }
}
