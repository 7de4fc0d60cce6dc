internal import Synchronization

/// How many look-ups may run at once, whoever asks for them.
final class LookUpSlots: Sendable {
    private let free: Mutex<Int>

    init(_ number: Int) {
        free = Mutex(number)
    }

    /// - Returns: false when all are taken.
    func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func give() { free.withLock { $0 += 1 } }
}
