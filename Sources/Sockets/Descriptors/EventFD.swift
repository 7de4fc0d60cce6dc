internal import CLinux
internal import Glibc

/// A counter that wakes an epoll loop from another thread.
public final class EventFD: Sendable {
    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        let number = try SystemCall.checked("eventfd") { eventfd(0, O_CLOEXEC | O_NONBLOCK) }
        descriptor = OwnedDescriptor(owning: number)
    }

    public var number: Int32 { descriptor.number }

    /// Makes the descriptor readable. Any thread may call it; it never blocks (a full counter is readable as it is).
    public func signal() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor.number, &one, 8)
    }

    /// Takes the signals so far.
    public func clear() {
        var value: UInt64 = 0
        _ = unsafe read(descriptor.number, &value, 8)
    }
}
