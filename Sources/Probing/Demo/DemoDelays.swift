/// Round-trip times of the embedded network: the same seed gives the same row.
struct DemoDelays: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// - Parameter isEdge: only to the far end of the hop, not to the VNet behind it.
    mutating func roundTrip(over path: DemoPath, toEdge isEdge: Bool) -> Duration {
        let (mean, deviation): (Double, Double) =
            switch path {
            case .primary: (2.1, 0.2)
            case .secondary: (2.4, 0.2)
            case .vpn: (9.0, 1.5)
            case .site: (0.3, 0.05)
            }
        let share = isEdge && path != .site ? 0.6 : 1
        // Three uniform numbers sum up to nearly a bell of variance 1/4, bounded on both sides.
        let bell = (uniform() + uniform() + uniform() - 1.5) * 2
        return .nanoseconds(Int64((mean + bell * deviation) * share * 1_000_000))
    }

    /// In 0..<1.
    private mutating func uniform() -> Double { Double(next() >> 11) / Double(1 << 53) }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
