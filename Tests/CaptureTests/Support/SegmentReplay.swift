/// Replays what tshark stamps and acknowledges, to tell where its round trip names no copy: more than one segment that
/// was not acknowledged ends where the ACK ends.
struct SegmentReplay {
    private struct Sent {
        var start: UInt32
        var end: UInt32
    }

    private var waiting: [String: [Sent]] = [:]

    /// Takes a frame of the table.
    /// - Returns: whether its round trip is ambiguous.
    mutating func take(_ row: [Substring], _ table: FieldTable) -> Bool {
        guard let stream = table[row, "tcp.stream"], let source = table[row, "tcp.srcport"],
            let destination = table[row, "tcp.dstport"], let start = table[row, "tcp.seq_raw"].flatMap({ UInt32($0) }),
            let number = table[row, "tcp.ack_raw"].flatMap({ UInt32($0) })
        else { return false }
        let from = (table[row, "ip.src"] ?? table[row, "ipv6.src"] ?? "").split(separator: ",").last ?? ""
        let to = (table[row, "ip.dst"] ?? table[row, "ipv6.dst"] ?? "").split(separator: ",").last ?? ""
        let flags = table[row, "tcp.flags"].flatMap { UInt32($0.dropFirst(2), radix: 16) } ?? 0
        let length = (table[row, "tcp.len"].flatMap { UInt32($0) } ?? 0) + (flags & 3 == 0 ? 0 : 1)
        let sender = "\(stream) \(from) \(source)"
        let receiver = "\(stream) \(to) \(destination)"
        if length > 0 { waiting[sender, default: []].append(Sent(start: start, end: start &+ length)) }
        let before = waiting[receiver] ?? []
        waiting[receiver] = before.filter { Int32(bitPattern: $0.end &- number) > 0 }
        return before.count { $0.end == number } > 1
    }
}
