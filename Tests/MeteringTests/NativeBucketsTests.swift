import Testing

@testable import Metering

@Suite("native buckets")
struct NativeBucketsTests {
    /// 2^(1/8) to any integer power, by plain multiplication of exact powers.
    private func bound(_ index: Int, schema: Int) -> Double {
        let perOctave = 1 << schema
        let octave = index >= 0 ? index / perOctave : -((perOctave - 1 - index) / perOctave)
        let step = index - octave * perOctave
        let roots: [Double] = [
            1, 1.0905077326652577, 1.189207115002721, 1.2968395546510096, 1.414213562373095, 1.5422108254079407,
            1.6817928305074288, 1.8340080864093422,
        ]
        var value = roots[step * 8 / perOctave]
        for _ in 0..<abs(octave) { value *= octave > 0 ? 2 : 0.5 }
        return value
    }

    @Test("a value lies above the bound before its bucket and not above its own")
    func indices() {
        var nanoseconds: Int64 = 1
        while nanoseconds < 1_000_000_000_000 {
            let index = NativeBuckets.finestIndex(nanoseconds: nanoseconds)
            let seconds = Double(nanoseconds) / 1e9
            #expect(seconds <= bound(index, schema: 3))
            #expect(seconds > bound(index - 1, schema: 3))
            nanoseconds += max(1, nanoseconds / 37)
        }
    }

    @Test("one second ends bucket 0, a quarter second bucket -16", arguments: [(1_000_000_000, 0), (250_000_000, -16)])
    func powersOfTwo(nanoseconds: Int64, index: Int) {
        #expect(NativeBuckets.finestIndex(nanoseconds: nanoseconds) == index)
        #expect(NativeBuckets.finestIndex(nanoseconds: nanoseconds + 1) == index + 1)
    }

    @Test("no value is lost when the window grows to either side")
    func growth() {
        var buckets = NativeBuckets()
        for nanoseconds: Int64 in [1_000_000, 500_000, 2_000_000, 1_000_000, 0, -3] {
            buckets.record(nanoseconds: nanoseconds)
        }
        #expect(buckets.schema == 3)
        #expect(buckets.counts.reduce(0, +) == 4)
        #expect(buckets.zeroCount == 2)
        #expect(buckets.counts[NativeBuckets.finestIndex(nanoseconds: 1_000_000) - buckets.offset] == 2)
    }

    @Test("the buckets are bounded: resolution falls, counts and places stay right")
    func bounded() {
        var buckets = NativeBuckets()
        var values: [Int64] = []
        var nanoseconds: Int64 = 1
        while nanoseconds < .max / 3 {
            values.append(nanoseconds)
            nanoseconds = nanoseconds * 3 / 2 + 1
        }
        values.shuffle()
        for value in values { buckets.record(nanoseconds: value) }
        #expect(buckets.counts.count <= NativeBuckets.maximumSpan)
        #expect(buckets.counts.reduce(0, +) == UInt64(values.count))
        #expect((0..<3).contains(buckets.schema))
        var expected = Array(repeating: UInt64(0), count: buckets.counts.count)
        for value in values {
            let seconds = Double(value) / 1e9
            var index = buckets.offset
            while seconds > bound(index, schema: buckets.schema) { index += 1 }
            expected[index - buckets.offset] += 1
        }
        #expect(buckets.counts == expected)
    }

    @Test("classic buckets agree with the bounds for every power and its neighbours")
    func classic() {
        let bounds = (0..<20).map { Int64(50_000) << $0 }
        for (position, bound) in bounds.enumerated() {
            for (value, bucket) in [(bound - 1, position), (bound, position), (bound + 1, position + 1)] {
                var state = HistogramState(bounds: bounds)
                state.record(nanoseconds: value)
                #expect(state.counts.firstIndex(of: 1) == bucket)
            }
        }
    }
}
