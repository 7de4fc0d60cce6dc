import Capture
import Flows
import Testing

/// pping stamps pure ACKs too, and the first value that it sees; docs/passive-latency.md, rule 5, says why we do not. By
/// the rule that both have, the values are equal.
@Suite("agreement with pping")
struct PpingTests {
    /// Our timestamp samples, by ends and microsecond.
    private func samples(_ path: String) -> [String: [Int64]] {
        var flows = FlowEngineOptions()
        flows.isExact = true
        flows.collectsSamples = true
        let options = CaptureOptions(sources: [path], flows: flows)
        var session = CaptureSession(options, cancellation: CaptureCancellation())
        var found: [String: [Int64]] = [:]
        session.run { sample in
            guard sample.method == .timestamp else { return }
            let ends = "\(sample.source):\(sample.sourcePort)+\(sample.destination):\(sample.destinationPort)"
            found["\(ends) \(sample.time / 1000)", default: []].append(sample.roundTrip)
        } progress: { _ in
        }
        return found
    }

    @Test("every round trip that both give is equal to two microseconds")
    func equal() throws {
        guard Corpus.isThere else { return }
        var (both, differing) = (0, [String]())
        for entry in try Corpus.entries() {
            guard let text = try Corpus.lines("pping/\(entry.stem).txt.gz") else { continue }
            let ours = samples(entry.path)
            for line in text {
                let fields = line.split(separator: " ")
                guard fields.count == 7, let time = FieldTable.nanoseconds(fields[0]).map({ $0 / 1000 }),
                    let theirs = FieldTable.nanoseconds(fields[1])
                else { continue }
                // It cuts the time twice, and so prints a microsecond less at times.
                let candidates = [time, time + 1].flatMap { ours["\(fields[6]) \($0)"] ?? [] }
                guard !candidates.isEmpty else { continue }
                both += 1
                if !candidates.contains(where: { abs($0 - theirs) <= 2000 }) {
                    differing.append("\(entry.name): \(line): \(candidates)")
                }
            }
        }
        #expect(both > 3000)
        // Two packets of one microsecond may stand for each other.
        #expect(differing.count * 200 <= both, "\(differing.prefix(5))")
    }
}
