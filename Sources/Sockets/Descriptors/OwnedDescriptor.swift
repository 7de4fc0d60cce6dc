internal import Glibc
internal import Synchronization

/// A file descriptor with one owner; it is closed when the owner goes.
public final class OwnedDescriptor: Sendable {
    /// The number, for calls; it must not outlive this object.
    public let number: Int32
    private let isOwned = Atomic<Bool>(true)

    /// Takes over an open descriptor.
    public init(owning number: Int32) {
        self.number = number
    }

    /// Somebody else has closed it, or will.
    func relinquish() { isOwned.store(false, ordering: .relaxed) }

    deinit {
        if isOwned.load(ordering: .relaxed) { close(number) }
    }
}
