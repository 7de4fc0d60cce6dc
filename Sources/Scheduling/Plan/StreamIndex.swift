public import Model

/// Numbers for streams, dense from 0 and kept over reloads, so that a packet's path holds no strings.
public struct StreamIndex: Sendable {
    private var numbers: [PlannedStream.Purpose: ProbeID] = [:]
    /// Streams by number; nil where a reload took one away.
    public private(set) var streams: [PlannedStream?] = []
    private var free: [Int32] = []

    public init() {}

    /// Nothing is probed.
    public var isEmpty: Bool { numbers.isEmpty }

    public func id(of purpose: PlannedStream.Purpose) -> ProbeID? { numbers[purpose] }

    public subscript(id: ProbeID) -> PlannedStream? {
        let position = Int(id.rawValue)
        return streams.indices.contains(position) ? streams[position] : nil
    }

    /// What a change of the plan did to the numbers.
    public struct Change: Sendable, Equatable {
        public var added: [ProbeID] = []
        public var removed: [ProbeID] = []
    }

    /// Takes over a new plan: streams of equal purpose keep their number; freed numbers are used again only
    /// by a later change, when nothing of their former stream is in flight any more.
    public mutating func adopt(_ plan: ProbePlan) -> Change {
        var change = Change()
        var available = free
        free = []
        let wanted = Set(plan.streams.map(\.purpose))
        for (purpose, id) in numbers where !wanted.contains(purpose) {
            numbers[purpose] = nil
            streams[Int(id.rawValue)] = nil
            change.removed.append(id)
            free.append(id.rawValue)
        }
        for stream in plan.streams {
            if let id = numbers[stream.purpose] {
                streams[Int(id.rawValue)] = stream
                continue
            }
            let number = available.popLast() ?? Int32(streams.count)
            if Int(number) == streams.count { streams.append(stream) } else { streams[Int(number)] = stream }
            let id = ProbeID(rawValue: number)
            numbers[stream.purpose] = id
            change.added.append(id)
        }
        free += available
        change.removed.sort()
        return change
    }
}
