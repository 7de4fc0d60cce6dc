internal import Synchronization

/// Counts the scrapes that run and refuses those over the limit.
final class ScrapeGate: Sendable {
    let limit: Int
    private let running = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// A scrape that runs; it ends with the last reference to this.
    final class Place: Sendable {
        private let gate: ScrapeGate

        fileprivate init(_ gate: ScrapeGate) {
            self.gate = gate
        }

        deinit {
            gate.running.withLock { $0 -= 1 }
        }
    }

    /// nil over the limit.
    func enter() -> Place? {
        let isFree = running.withLock { running in
            guard running < limit else { return false }
            running += 1
            return true
        }
        return isFree ? Place(self) : nil
    }
}
