internal import CLinux
internal import Glibc
public import Model

/// A timer on the monotonic clock as a descriptor.
public final class TimerFD: Sendable {
    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        let number = try SystemCall.checked("timerfd_create") {
            timerfd_create(CLOCK_MONOTONIC, O_CLOEXEC | O_NONBLOCK)
        }
        descriptor = OwnedDescriptor(owning: number)
    }

    public var number: Int32 { descriptor.number }

    /// Becomes readable at `time` and, with a period, at each multiple after it; nil disarms.
    public func arm(at time: MonotonicTime?, every period: Duration = .zero) throws(SystemError) {
        var setting = itimerspec()
        if let time {
            setting.it_value = timespec(nanoseconds: max(1, time.nanoseconds))
            setting.it_interval = timespec(nanoseconds: max(0, period.nanoseconds))
        }
        try SystemCall.checked("timerfd_settime") {
            unsafe timerfd_settime(descriptor.number, 1 /* TFD_TIMER_ABSTIME */, &setting, nil)
        }
    }

    /// How often it fired since the last call.
    public func expirations() -> UInt64 {
        var count: UInt64 = 0
        return unsafe read(descriptor.number, &count, 8) == 8 ? count : 0
    }
}

extension timespec {
    init(nanoseconds: Int64) {
        self.init(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }

    var nanoseconds: Int64 { Int64(tv_sec) &* 1_000_000_000 &+ Int64(tv_nsec) }
}
