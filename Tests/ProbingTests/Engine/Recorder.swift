import Model
import Probing
import Synchronization
import TestSupport

/// What an engine handed over.
final class Recorder: Sendable {
    private let state = Mutex(ProbeBatch())

    func take(_ batch: ProbeBatch) {
        state.withLock { state in
            state.outcomes += batch.outcomes
            state.anomalies += batch.anomalies
            state.directionalLosses += batch.directionalLosses
            if let gap = batch.gap { state.gap = gap }
        }
    }

    var outcomes: [Outcome] { state.withLock { $0.outcomes } }
    var anomalies: [ProbeAnomaly] { state.withLock { $0.anomalies } }
    var directionalLosses: [DirectionalLoss] { state.withLock { $0.directionalLosses } }
    var gap: OverloadGap? { state.withLock { $0.gap } }

    func outcomes(of id: Int32) -> [Outcome] { outcomes.filter { $0.probe.rawValue == id } }

    /// Waits until so many outcomes are there.
    func wait(for count: Int, within limit: Duration = .seconds(10)) throws -> [Outcome] {
        try eventually("\(count) outcomes", within: limit, every: .milliseconds(1)) {
            let outcomes = self.outcomes
            return outcomes.count >= count ? outcomes : nil
        }
    }
}

extension Outcome {
    var roundTrip: Duration? {
        if case .answered(let roundTrip, _) = result { roundTrip } else { nil }
    }
}
