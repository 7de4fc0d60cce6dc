internal import CLinux
internal import Glibc
public import Model

/// What an epoll set watches a descriptor for.
public struct EpollInterest: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let readable = EpollInterest(rawValue: 0x001)
    public static let writable = EpollInterest(rawValue: 0x004)
    /// Always reported, asked for or not: an error or a message in the error queue.
    public static let error = EpollInterest(rawValue: 0x008)
    public static let hangup = EpollInterest(rawValue: 0x010)
    public static let edgeTriggered = EpollInterest(rawValue: 1 << 31)
}

/// An epoll set with room for the events of one turn. Used by one thread.
@safe public final class Epoll {
    public struct Event: Sendable {
        public let token: UInt64
        public let ready: EpollInterest
    }

    private let descriptor: OwnedDescriptor
    private let events: UnsafeMutablePointer<epoll_event>
    private let capacity: Int

    /// - Parameter capacity: events taken in one turn; the rest comes in the next.
    public init(capacity: Int = 256) throws(SystemError) {
        let number = try SystemCall.checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC_VALUE)) }
        descriptor = OwnedDescriptor(owning: number)
        self.capacity = capacity
        unsafe events = UnsafeMutablePointer.allocate(capacity: capacity)
        unsafe events.initialize(repeating: epoll_event(), count: capacity)
    }

    deinit {
        unsafe events.deallocate()
    }

    /// The set's own descriptor: readable when one of its events waits.
    public var number: Int32 { descriptor.number }

    public func add(_ number: Int32, _ interest: EpollInterest, token: UInt64) throws(SystemError) {
        try control(Int32(EPOLL_CTL_ADD), number, interest, token)
    }

    public func modify(_ number: Int32, _ interest: EpollInterest, token: UInt64) throws(SystemError) {
        try control(Int32(EPOLL_CTL_MOD), number, interest, token)
    }

    public func remove(_ number: Int32) throws(SystemError) {
        try control(Int32(EPOLL_CTL_DEL), number, [], 0)
    }

    /// Waits until `isOver`, which is asked after each event, or until `end`. A signal ends a single wait before its time, as when
    /// the process is stopped and goes on.
    public func wait(until end: MonotonicTime, for isOver: () -> Bool) throws(SystemError) {
        while !isOver() {
            let rest = end - SystemClock.monotonic()
            guard rest > .zero else { return }
            _ = try wait(rest)
        }
    }

    private func control(
        _ operation: Int32,
        _ number: Int32,
        _ interest: EpollInterest,
        _ token: UInt64
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        try SystemCall.checked("epoll_ctl") { unsafe epoll_ctl(descriptor.number, operation, number, &event) }
    }

    /// Waits until something is ready or the time is over; exact to the thread's timer slack.
    /// - Parameter timeout: nil waits for ever, zero or less only looks.
    /// - Returns: how many events `event(at:)` holds; 0 after the time or a signal.
    public func wait(_ timeout: Duration?) throws(SystemError) -> Int {
        let count: Int32
        if let timeout {
            let total = max(0, timeout.nanoseconds)
            var limit = timespec(tv_sec: Int(total / 1_000_000_000), tv_nsec: Int(total % 1_000_000_000))
            count = unsafe epoll_pwait2(descriptor.number, events, Int32(capacity), &limit, nil)
        } else {
            count = unsafe epoll_pwait2(descriptor.number, events, Int32(capacity), nil, nil)
        }
        if count >= 0 { return Int(count) }
        if errno == EINTR { return 0 }
        throw .last("epoll_pwait2")
    }

    /// An event of the last `wait`.
    public func event(at index: Int) -> Event {
        precondition(index >= 0 && index < capacity)
        let event = unsafe events[index]
        return unsafe Event(token: event.data.u64, ready: EpollInterest(rawValue: event.events))
    }
}

private let EPOLL_CLOEXEC_VALUE = O_CLOEXEC
