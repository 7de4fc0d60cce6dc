import Synchronization

/// A call whose destination becomes known only after the caller was made.
final class Relay: Sendable {
    private let destination = Mutex<(@Sendable () -> Void)?>(nil)

    func set(_ body: @escaping @Sendable () -> Void) {
        destination.withLock { $0 = body }
    }

    func call() {
        destination.withLock { $0 }?()
    }
}
