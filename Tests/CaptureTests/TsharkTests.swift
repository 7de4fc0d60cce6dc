import Flows
import Testing

/// docs/passive-latency.md lists the rules by which the two differ.
@Suite("agreement with tshark")
struct TsharkTests {
    private struct Score {
        var defined = 0
        var equal = 0
        var differing: [String] = []
    }

    private static let acknowledging: Set<SampleMethod> = [.ack, .handshakeServer, .handshakeClient]
    /// Equal packets in several VLANs, which tshark takes for one flow: docs/passive-latency.md.
    private static let mixed: Set<String> = ["vlan_collide"]

    /// The unambiguous round trips of tshark, and how many of them we give, equal to the nanosecond.
    private func score(isExact: Bool) throws -> Score {
        var score = Score()
        for entry in try Corpus.entries() {
            guard let table = try Corpus.table(entry.stem + ".tcp.tsv.gz") else { continue }
            let recording = Recording(entry.path, isExact: isExact)
            var replay = SegmentReplay()
            for row in table.rows {
                let isAmbiguous = replay.take(row, table)
                guard let frame = table[row, "frame.number"].flatMap({ UInt64($0) }),
                    let theirs = table[row, "tcp.analysis.ack_rtt"].flatMap(FieldTable.nanoseconds), !isAmbiguous
                else { continue }
                score.defined += 1
                guard let ours = recording.roundTrip(frame, Self.acknowledging) else { continue }
                if ours == theirs {
                    score.equal += 1
                } else if !Self.mixed.contains(entry.stem) {
                    score.differing.append("\(entry.name) frame \(frame): \(ours) ns, tshark \(theirs) ns")
                }
            }
        }
        return score
    }

    @Test("exact: every round trip that both give is equal to the nanosecond, and we give 99 % of tshark's")
    func exact() throws {
        guard Corpus.isThere else { return }
        let score = try score(isExact: true)
        #expect(score.differing.isEmpty, "\(score.differing.prefix(10))")
        #expect(score.defined > 10_000)
        #expect(score.equal * 100 >= score.defined * 99, "\(score.equal) of \(score.defined)")
    }

    @Test("with bounded flows we give 95 % of tshark's")
    func sampled() throws {
        guard Corpus.isThere else { return }
        let score = try score(isExact: false)
        #expect(score.differing.isEmpty, "\(score.differing.prefix(10))")
        #expect(score.equal * 100 >= score.defined * 95, "\(score.equal) of \(score.defined)")
    }

    @Test("every echo and every unrepeated DNS query that both give is equal")
    func requests() throws {
        guard Corpus.isThere else { return }
        var (echoes, equalEchoes, queries, equalQueries) = (0, 0, 0, 0)
        for entry in try Corpus.entries() {
            guard let table = try Corpus.table(entry.stem + ".other.tsv.gz") else { continue }
            let recording = Recording(entry.path)
            for row in table.rows {
                guard let frame = table[row, "frame.number"].flatMap({ UInt64($0) }) else { continue }
                // Milliseconds, shown with three decimals at most.
                let echo = table[row, "icmp.resptime"] ?? table[row, "icmpv6.resptime"]
                if let theirs = echo.flatMap({ Double($0) }) {
                    echoes += 1
                    if let ours = recording.roundTrip(frame, [.icmp]) {
                        let difference = abs(Double(ours) - theirs * 1e6)
                        #expect(difference <= 500, "\(entry.name) frame \(frame): \(ours) ns, tshark \(theirs) ms")
                        equalEchoes += 1
                    }
                }
                if let theirs = table[row, "dns.time"].flatMap(FieldTable.nanoseconds) {
                    queries += 1
                    if let ours = recording.roundTrip(frame, [.dns]) {
                        #expect(ours == theirs, "\(entry.name) frame \(frame)")
                        equalQueries += 1
                    }
                }
            }
        }
        #expect(echoes > 1000 && equalEchoes * 100 >= echoes * 99, "\(equalEchoes) of \(echoes)")
        #expect(queries > 500 && equalQueries * 100 >= queries * 60, "\(equalQueries) of \(queries)")
    }
}
