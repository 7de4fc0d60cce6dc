import Model
import TestSupport
import Testing

@testable import Alerting

@Suite struct AlertBookPropertyTests {
    private let identities: [AlertIdentity] = [.circuitLost, .linkDown, .vpnDown]

    /// A life of judgements: each condition comes, goes and is unknown for random times.
    private func history(seed: UInt64, steps: Int) -> [AlertJudgement] {
        var random = SeededGenerator(seed: seed)
        var verdicts: [AlertIdentity: Int] = [:]
        var isolated = false
        return (0..<steps).map { _ in
            if Int.random(in: 0..<80, using: &random) == 0 { isolated.toggle() }
            var conditions: [AlertCondition] = []
            for identity in identities {
                if Int.random(in: 0..<12, using: &random) == 0 {
                    verdicts[identity] = Int.random(in: 0..<3, using: &random)
                }
                switch verdicts[identity] {
                case 1: conditions.append(condition(identity, holdFor: .seconds(5), clearFor: .seconds(8)))
                case 2: conditions.append(.unknown(identity))
                default: break
                }
            }
            return judgement(conditions, isIsolated: isolated)
        }
    }

    @Test("a restart at every step sends the same news as no restart", arguments: 1...20)
    func restartEqualsNone(seed: Int) throws {
        var steady = exampleBook()
        var restarted = exampleBook()
        for (step, judgement) in history(seed: UInt64(seed), steps: 400).enumerated() {
            let clock = at(Double(step))
            let expected = steady.apply(judgement, at: clock).notices.filter(\.isNews)
            let records = try restarted.records(at: clock).map { record in
                try #require(AlertRecord(json: try JSONValue(parsing: record.json.text())))
            }
            restarted = exampleBook()
            restarted.restore(records, at: clock)
            let got = restarted.apply(judgement, at: clock).notices.filter(\.isNews)
            #expect(Set(got) == Set(expected), "step \(step)")
        }
    }

    @Test("changes alone, applied in order, always give the book's records", arguments: 1...10)
    func changesSuffice(seed: Int) {
        var book = exampleBook()
        var disk: [String: AlertRecord] = [:]
        for (step, judgement) in history(seed: UInt64(seed), steps: 400).enumerated() {
            let clock = at(Double(step))
            for change in book.apply(judgement, at: clock).changes {
                switch change {
                case .put(let record): disk[record.key] = record
                case .remove(let key): disk[key] = nil
                }
            }
            let now = Dictionary(uniqueKeysWithValues: book.records(at: clock).map { ($0.key, $0.phase) })
            #expect(disk.mapValues(\.phase) == now, "step \(step)")
        }
    }

    @Test("fires and resolves of one set of labels alternate, and every resolve keeps its start", arguments: 1...20)
    func alternate(seed: Int) {
        var book = exampleBook()
        var starts: [AlertLabels: WallTime] = [:]
        for (step, judgement) in history(seed: UInt64(seed), steps: 600).enumerated() {
            for notice in book.apply(judgement, at: at(Double(step))).notices where notice.isNews {
                if notice.isResolved {
                    #expect(starts[notice.labels] == notice.startsAt)
                    starts[notice.labels] = nil
                } else {
                    #expect(starts[notice.labels] == nil)
                    starts[notice.labels] = notice.startsAt
                }
            }
        }
    }

    @Test("no alert fires before its condition was active for its whole waiting time", arguments: 1...20)
    func neverEarly(seed: Int) {
        var book = exampleBook()
        var goneAt: [AlertIdentity: Double] = [:]
        for (step, judgement) in history(seed: UInt64(seed), steps: 600).enumerated() {
            let present = Set(judgement.conditions.map(\.identity))
            for identity in identities where !present.contains(identity) { goneAt[identity] = Double(step) }
            for notice in book.apply(judgement, at: at(Double(step))).notices where notice.kind == .fired {
                #expect(Double(step) - (goneAt[notice.identity] ?? -1) > 5)
                #expect(!judgement.isIsolated)
            }
        }
    }
}
