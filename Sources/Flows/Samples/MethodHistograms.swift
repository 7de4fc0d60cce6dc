/// Histograms of all methods in one piece of memory.
@safe
struct MethodHistograms: ~Copyable {
    private let counts: UnsafeMutablePointer<UInt64>
    private var statistics = InlineArray<9, RoundTripStatistics>(repeating: RoundTripStatistics())

    init() {
        let number = SampleMethod.allCases.count * RoundTripHistogram.buckets.count
        unsafe counts = .allocate(capacity: number)
        unsafe counts.initialize(repeating: 0, count: number)
    }

    deinit { unsafe counts.deallocate() }

    @inline(__always)
    mutating func add(_ value: Int64, _ method: SampleMethod) {
        let row = Int(method.rawValue)
        statistics[row].add(value)
        let place = row &* RoundTripHistogram.buckets.count &+ RoundTripHistogram.buckets.index(of: value)
        unsafe counts[place] &+= 1
    }

    func histogram(_ method: SampleMethod) -> RoundTripHistogram {
        let row = Int(method.rawValue)
        let start = row * RoundTripHistogram.buckets.count
        return RoundTripHistogram(
            statistics[row],
            counts: (0..<RoundTripHistogram.buckets.count).map { unsafe counts[start + $0] }
        )
    }
}
