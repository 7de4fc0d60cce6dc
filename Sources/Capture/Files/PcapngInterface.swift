internal import Wire

/// An interface of a pcapng section: what its packets start with, and the unit of their times
/// (draft-ietf-opsawg-pcapng §4.2).
struct PcapngInterface {
    let link: LinkType
    let snapshotLength: UInt32
    let filter: PacketFilter?
    /// `if_tsresol`: a negative power of ten, or of two where the upper bit is set.
    private let resolution: UInt8
    /// `if_tsoffset`, in seconds.
    private let offset: Int64

    init(link: LinkType, snapshotLength: UInt32, resolution: UInt8, offset: Int64, filter: PacketFilter?) {
        self.link = link
        self.snapshotLength = snapshotLength
        self.resolution = resolution
        self.offset = offset
        self.filter = filter
    }

    /// Nanoseconds since the epoch.
    @inline(__always)
    func time(_ high: UInt32, _ low: UInt32) -> Int64 {
        let value = UInt64(high) << 32 | UInt64(low)
        if resolution == 6 { return Int64(truncatingIfNeeded: value &* 1000) &+ offset &* 1_000_000_000 }
        if resolution == 9 { return Int64(truncatingIfNeeded: value) &+ offset &* 1_000_000_000 }
        return scaled(value) &+ offset &* 1_000_000_000
    }

    private func scaled(_ value: UInt64) -> Int64 {
        let exponent = resolution & 0x7F
        if resolution & 0x80 != 0 {
            guard exponent < 64 else { return 0 }
            let seconds = value >> UInt64(exponent)
            let fraction = exponent == 0 ? 0 : value << (64 - UInt64(exponent))
            return Int64(truncatingIfNeeded: seconds &* 1_000_000_000)
                &+ Int64(truncatingIfNeeded: fraction.multipliedFullWidth(by: 1_000_000_000).high)
        }
        // No unit is as small as 10^-20 seconds in 64 bits.
        guard exponent < 20 else { return 0 }
        var scaled = value
        if exponent < 9 {
            for _ in exponent..<9 { scaled = scaled &* 10 }
        } else {
            for _ in 9..<exponent { scaled /= 10 }
        }
        return Int64(truncatingIfNeeded: scaled)
    }
}
