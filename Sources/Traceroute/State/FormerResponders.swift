internal import Model
internal import Wire

/// Who answered at a hop until the way moved: within a flow, which is constant in what routers hash, one responder gives way to
/// another and does not come back. Packets that are balanced one by one alternate instead.
enum FormerResponders {
    /// So many answers of the new one in a row, and of the former one too where there are few in all: of packets that are balanced by
    /// chance one trace in thirty looks like that, and of those with ten answers and more one in seventy.
    private static let fewest = 3
    private static let many = 10

    /// - Parameter probes: to one TTL, in the order of sending, of one flow or of several.
    static func find(in probes: [TraceProbe]) -> Set<IPAddress> {
        guard let first = probes.lazy.compactMap(\.answer).first?.responder,
            probes.contains(where: { $0.answer.map { $0.responder != first } ?? false })
        else { return [] }
        var left: [(address: IPAddress, at: MonotonicTime)] = []
        var latest: [(address: IPAddress, at: MonotonicTime)] = []
        for flow in Dictionary(grouping: probes, by: { $0.round >> TraceHop.flowShift }).values {
            let met = flow.compactMap { probe in probe.answer.map { (address: $0.responder, at: probe.sentAt) } }
            guard let last = met.last else { continue }
            latest.append(last)
            let start = (met.lastIndex { $0.address != last.address } ?? -1) + 1
            // One change alone.
            guard start > 0, met.count - start >= fewest, start >= fewest || met.count >= many,
                met[..<start].allSatisfy({ $0.address == met[0].address })
            else { continue }
            left.append((met[0].address, met[start].at))
        }
        // Another flow may still go there; one that was over before does not tell.
        return Set(
            left.lazy.filter { former in !latest.contains { $0.address == former.address && $0.at >= former.at } }
                .map(\.address)
        )
    }
}

extension TraceHop {
    /// Those of the way as it is now.
    var present: [Responder] { responders.filter { !$0.isFormer } }

    /// The order of responders.
    static func isBefore(_ left: Responder, _ right: Responder) -> Bool {
        guard left.isFormer == right.isFormer else { return right.isFormer }
        return (right.answers, left.address) < (left.answers, right.address)
    }

    /// Where packets of a flow differ in what routers hash, one responder after the other is no move.
    mutating func forgetFormerResponders() {
        for index in responders.indices { responders[index].isFormer = false }
        responders.sort(by: Self.isBefore)
    }
}
