internal import Glibc

/// A file descriptor with one owner; it is closed when the owner goes.
public final class OwnedDescriptor: Sendable {
    /// The number, for calls; it must not outlive this object.
    public let number: Int32

    /// Takes over an open descriptor.
    public init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}
