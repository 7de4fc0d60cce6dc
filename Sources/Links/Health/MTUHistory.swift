/// The largest packet that crosses a path towards one target, as its traces found it: what it has been, what it is.
struct MTUHistory: Sendable, Equatable {
    /// The largest since the start: a packet of that size was answered, so the path has carried it.
    private(set) var baseline: Int
    private(set) var latest: Int
    /// Searches in a row that found less than the baseline.
    private var smaller = 0

    /// One search may be misled by packets that are lost.
    static let searchesNeeded = 2

    init(_ bytes: Int) {
        baseline = bytes
        latest = bytes
    }

    var isReduced: Bool { smaller >= Self.searchesNeeded }

    mutating func note(_ bytes: Int) {
        latest = bytes
        if bytes < baseline {
            smaller = min(smaller + 1, Self.searchesNeeded)
        } else {
            baseline = bytes
            smaller = 0
        }
    }
}
