internal import Wire

/// Who answered at a hop until the way moved: within a flow, which is constant in what routers hash, one responder gives way to
/// another and does not come back. Packets that are balanced one by one alternate instead.
enum FormerResponders {
    /// So many answers of the new one in a row; of a fair coin ten answers look like that once in fifty times.
    private static let fewest = 3

    /// - Parameter probes: to one TTL, in the order of sending, of one flow or of several.
    static func find(in probes: [TraceProbe]) -> Set<IPAddress> {
        guard let first = probes.lazy.compactMap(\.answer).first?.responder,
            probes.contains(where: { $0.answer.map { $0.responder != first } ?? false })
        else { return [] }
        var former: Set<IPAddress> = []
        var present: Set<IPAddress> = []
        for flow in Dictionary(grouping: probes, by: { $0.round >> TraceHop.flowShift }).values {
            let met = flow.compactMap { $0.answer?.responder }
            guard let last = met.last else { continue }
            present.insert(last)
            let start = (met.lastIndex { $0 != last } ?? -1) + 1
            // One change alone.
            guard start > 0, met.count - start >= fewest, Set(met[..<start]).count == 1 else { continue }
            former.insert(met[0])
        }
        return former.subtracting(present)
    }
}
