/// Exponential buckets of a native histogram (Prometheus native histograms specification): bucket `i` of schema `n`
/// ends at `2^(i / 2^n)` seconds, its end included. Starts with schema 3, eight buckets an octave, at most 9 % wide.
/// Never more than `maximumSpan` buckets: where the values spread further, pairs of buckets are merged.
struct NativeBuckets: Sendable, Equatable {
    static let finestSchema = 3
    static let coarsestSchema = -4
    /// Twenty octaves at schema 3: 1 µs to 1 s.
    static let maximumSpan = 160
    /// Upper end of the zero bucket in seconds, as client_golang has it (2^-128).
    static let zeroThreshold = 0x1p-128

    private(set) var schema = Self.finestSchema
    /// Index of the first of `counts`.
    private(set) var offset = 0
    private(set) var counts: [UInt64] = []
    private(set) var zeroCount: UInt64 = 0

    mutating func record(nanoseconds: Int64) {
        guard nanoseconds > 0 else {
            zeroCount &+= 1
            return
        }
        let finest = Self.finestIndex(nanoseconds: nanoseconds)
        let position = Self.coarsen(finest, by: Self.finestSchema - schema) - offset
        if position >= 0, position < counts.count {
            counts[position] &+= 1
        } else {
            include(finest)
            counts[Self.coarsen(finest, by: Self.finestSchema - schema) - offset] &+= 1
        }
    }

    /// Index of the bucket of schema 3.
    static func finestIndex(nanoseconds: Int64) -> Int {
        let seconds = Double(nanoseconds) / 1e9
        // Never zero, subnormal or infinite, so that the bits can be read as they stand (IEEE 754 binary64).
        let exponent = Int(truncatingIfNeeded: seconds.bitPattern >> 52) &- 1023
        let fraction = Double(bitPattern: seconds.bitPattern & 0xF_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
        // How many of 2^(0/8) … 2^(7/8) lie below the significand; the constants are those of client_golang, doubled.
        var step = fraction > 1 ? 1 : 0
        step &+= fraction > 1.0905077326652577 ? 1 : 0
        step &+= fraction > 1.189207115002721 ? 1 : 0
        step &+= fraction > 1.2968395546510096 ? 1 : 0
        step &+= fraction > 1.414213562373095 ? 1 : 0
        step &+= fraction > 1.5422108254079407 ? 1 : 0
        step &+= fraction > 1.6817928305074288 ? 1 : 0
        step &+= fraction > 1.8340080864093422 ? 1 : 0
        return step &+ exponent &* 8
    }

    /// The bucket that holds bucket `index` after `steps` halvings of the resolution.
    private static func coarsen(_ index: Int, by steps: Int) -> Int {
        (index &+ (1 << steps) &- 1) >> steps
    }

    /// Widens the window so that it holds the bucket; lowers the resolution as far as that needs.
    private mutating func include(_ finest: Int) {
        while true {
            let index = Self.coarsen(finest, by: Self.finestSchema - schema)
            guard !counts.isEmpty else {
                offset = index
                counts = [0]
                return
            }
            let low = min(offset, index)
            let high = max(offset + counts.count - 1, index)
            if high - low < Self.maximumSpan || schema == Self.coarsestSchema {
                counts.insert(contentsOf: repeatElement(0, count: offset - low), at: 0)
                counts.append(contentsOf: repeatElement(0, count: high - low + 1 - counts.count))
                offset = low
                return
            }
            halveResolution()
        }
    }

    private mutating func halveResolution() {
        let newOffset = Self.coarsen(offset, by: 1)
        let newLast = Self.coarsen(offset + counts.count - 1, by: 1)
        var merged = Array(repeating: UInt64(0), count: newLast - newOffset + 1)
        for (position, count) in counts.enumerated() {
            merged[Self.coarsen(offset + position, by: 1) - newOffset] &+= count
        }
        schema -= 1
        offset = newOffset
        counts = merged
    }
}
