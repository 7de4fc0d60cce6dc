/// The places of the flows with the most packets, of all that are offered one after the other.
struct LargestFlows {
    private let limit: Int
    private var entries: [(place: Int, packets: UInt64)] = []
    /// What a flow must exceed to count.
    private var threshold: UInt64?

    init(_ limit: Int) { self.limit = limit }

    mutating func offer(_ place: Int, _ packets: UInt64) {
        if let threshold, packets <= threshold { return }
        entries.append((place, packets))
        guard entries.count >= max(limit * 2, 64) else { return }
        cut()
        threshold = entries.last?.packets
    }

    /// Those with the most first, of equal ones that which was offered first.
    var places: [Int] {
        mutating get {
            cut()
            return entries.map(\.place)
        }
    }

    private mutating func cut() {
        entries.sort { $0.packets == $1.packets ? $0.place < $1.place : $0.packets > $1.packets }
        if entries.count > limit { entries.removeSubrange(limit...) }
    }
}
