internal import CLinux
internal import Glibc
public import Model

/// The clocks of the machine, read without a system call.
public enum SystemClock {
    /// CLOCK_MONOTONIC.
    @inline(__always)
    public static func monotonic() -> MonotonicTime {
        MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC))
    }

    /// CLOCK_REALTIME.
    @inline(__always)
    public static func wall() -> WallTime {
        WallTime(nanoseconds: read(CLOCK_REALTIME))
    }

    /// Time that all threads of the process have run, user and system (CLOCK_PROCESS_CPUTIME_ID).
    public static func processorTime() -> Duration {
        .nanoseconds(read(CLOCK_PROCESS_CPUTIME_ID))
    }

    /// Both clocks as of one moment: the wall clock read between two monotonic readings, again while these lie
    /// more than 2 µs apart (the thread was preempted), at most four times; the closest pair counts.
    public static func reading() -> ClockReading {
        var best = ClockReading(monotonic: monotonic(), wall: wall())
        var bestWidth = Int64.max
        for _ in 0..<4 {
            let before = read(CLOCK_MONOTONIC)
            let wall = read(CLOCK_REALTIME)
            let width = read(CLOCK_MONOTONIC) &- before
            if width < bestWidth {
                bestWidth = width
                best = ClockReading(
                    monotonic: MonotonicTime(nanoseconds: before &+ width / 2),
                    wall: WallTime(nanoseconds: wall)
                )
            }
            if width <= 2_000 { break }
        }
        return best
    }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return time.nanoseconds
    }
}
