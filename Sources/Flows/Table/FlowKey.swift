internal import Wire

/// What makes packets one flow, the same for both directions: the two ends in a fixed order, and the protocol. What keeps
/// equal addresses apart belongs to a direction and stands in the record.
struct FlowKey: Equatable, BitwiseCopyable {
    var firstHigh: UInt64 = 0
    var firstLow: UInt64 = 0
    var secondHigh: UInt64 = 0
    var secondLow: UInt64 = 0
    var firstPort: UInt16 = 0
    var secondPort: UInt16 = 0
    /// Of ESP the security parameters index, which belongs to one direction.
    var parameters: UInt32 = 0
    var protocolNumber: UInt8 = 0
    var isIPv6 = false

    init() {}

    /// - Parameter isReversed: set when the packet goes from the second end to the first.
    @inline(__always)
    init(_ view: PacketView, isReversed: inout Bool) {
        let (sourceHigh, sourceLow) = (view.sourceHigh, view.sourceLow)
        let (destinationHigh, destinationLow) = (view.destinationHigh, view.destinationLow)
        isReversed =
            sourceHigh != destinationHigh
            ? sourceHigh > destinationHigh
            : sourceLow != destinationLow
                ? sourceLow > destinationLow : view.sourcePort > view.destinationPort
        if isReversed {
            (firstHigh, firstLow, firstPort) = (destinationHigh, destinationLow, view.destinationPort)
            (secondHigh, secondLow, secondPort) = (sourceHigh, sourceLow, view.sourcePort)
        } else {
            (firstHigh, firstLow, firstPort) = (sourceHigh, sourceLow, view.sourcePort)
            (secondHigh, secondLow, secondPort) = (destinationHigh, destinationLow, view.destinationPort)
        }
        parameters = 0
        protocolNumber = view.protocolNumber
        isIPv6 = view.isIPv6
    }

    /// Secrets of a process, one for each step of the hash: a product with a factor that is known can be made 0, and
    /// whatever the other factor holds would then collide.
    struct Seed: BitwiseCopyable {
        let first: UInt64
        let second: UInt64
        let third: UInt64
        let fourth: UInt64

        init(_ seed: UInt64) {
            // The steps of SplitMix64.
            func step(_ number: UInt64) -> UInt64 {
                var value = seed &+ number &* 0x9E37_79B9_7F4A_7C15
                value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
                value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
                return value ^ value >> 31
            }
            (first, second, third, fourth) = (step(1), step(2), step(3), step(4))
        }
    }

    /// - Parameter seed: of this process, so that nobody can choose addresses that collide.
    @inline(__always)
    func hash(scope: UInt32, seed: Seed) -> UInt32 {
        var hash = Self.mix(firstLow ^ seed.first, secondLow ^ seed.second)
        let rest =
            UInt64(firstPort) << 48 | UInt64(secondPort) << 32 | UInt64(parameters) &+ UInt64(protocolNumber)
        hash = Self.mix(hash ^ rest, seed.third ^ UInt64(scope))
        if isIPv6 { hash = Self.mix(hash ^ firstHigh, secondHigh ^ seed.fourth) }
        let folded = UInt32(truncatingIfNeeded: hash ^ hash >> 32)
        return folded == 0 ? 1 : folded
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.low ^ product.high
    }
}
