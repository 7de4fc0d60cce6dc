import Links
import Model
import Wire

/// Asks the attribution once for a pair of ends and remembers the answer, in memory that is allocated once.
struct AttributionCache {
    struct Answer {
        /// In `paths`.
        var place = 0
        /// The source is this host itself.
        var isSourceOfHost = false
    }

    private struct Slot {
        var source: IPAddress
        var destination: IPAddress
        var answer: Answer
    }

    let attribution: PathAttribution
    let interface: String
    /// The paths that were found; the first is none.
    private(set) var paths: [PathID?] = [nil]
    private var slots: [Slot?]

    private static let size = 4096

    init(_ attribution: PathAttribution, on interface: String) {
        self.attribution = attribution
        self.interface = interface
        slots = Array(repeating: nil, count: Self.size)
    }

    /// What is known of packets from `source` to `destination`.
    mutating func answer(_ source: IPAddress, _ destination: IPAddress) -> Answer {
        let index = Int(truncatingIfNeeded: Self.mix(source) &* 31 ^ Self.mix(destination)) & (Self.size - 1)
        if let slot = slots[index], slot.source == source, slot.destination == destination { return slot.answer }
        let path = attribution.path(on: interface, source, destination)
        let answer = Answer(place: place(of: path), isSourceOfHost: attribution.isOfHost(source))
        slots[index] = Slot(source: source, destination: destination, answer: answer)
        return answer
    }

    private mutating func place(of path: PathID?) -> Int {
        if let known = paths.firstIndex(of: path) { return known }
        paths.append(path)
        return paths.count - 1
    }

    private static func mix(_ address: IPAddress) -> UInt64 {
        let bits: UInt64 =
            switch address {
            case .v4(let value): UInt64(value.rawValue)
            case .v6(let value): value.high ^ value.low
            }
        let product = bits &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }
}
