import TestSupport

/// Random moments, the same ones for the same seed (SplitMix64).
final class Phases: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) { (self.seed, state) = (seed, seed) }

    /// Waits for a time out of a range of milliseconds.
    func wait(_ range: Range<Int>) {
        var generator = self
        Thread.sleep(.milliseconds(Int.random(in: range, using: &generator)))
    }

    func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
