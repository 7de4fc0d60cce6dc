import TestSupport

/// Random moments, the same ones for the same seed.
final class Phases {
    let seed: UInt64
    private var generator: SeededGenerator

    init(seed: UInt64) { (self.seed, generator) = (seed, SeededGenerator(seed: seed)) }

    /// Waits for a time out of a range of milliseconds.
    func wait(_ range: Range<Int>) {
        Thread.sleep(.milliseconds(Int.random(in: range, using: &generator)))
    }
}
