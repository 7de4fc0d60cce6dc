internal import Synchronization

/// Who is connected, and how often: over a limit a new connection is refused.
final class ConnectionCount: Sendable {
    private struct State {
        var total = 0
        var bySource: [String: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerSource: Int
    private let state = Mutex(State())

    init(maximum: Int, maximumPerSource: Int) {
        self.maximum = maximum
        self.maximumPerSource = maximumPerSource
    }

    func open(_ source: String) -> Bool {
        state.withLock { state in
            guard state.total < maximum, state.bySource[source, default: 0] < maximumPerSource else { return false }
            state.total += 1
            state.bySource[source, default: 0] += 1
            return true
        }
    }

    func close(_ source: String) {
        state.withLock { state in
            state.total -= 1
            let left = state.bySource[source, default: 0] - 1
            state.bySource[source] = left > 0 ? left : nil
        }
    }
}
