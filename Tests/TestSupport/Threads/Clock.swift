import Glibc
public import Model

/// The clocks, as the program under test reads them.
public enum Clock {
    public static var now: MonotonicTime {
        MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC))
    }

    public static var wall: WallTime {
        WallTime(nanoseconds: read(CLOCK_REALTIME))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

public struct TimedOut: Error, CustomStringConvertible {
    public let description: String

    public init(_ what: String, after limit: Duration) {
        description = "not within \(limit.text): \(what)"
    }
}

/// Asks `probe` until it gives a value; blocks the thread.
/// - Throws: `TimedOut` with `what` after `limit`, or what `probe` throws.
@discardableResult
public func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(5),
    every pause: Duration = .milliseconds(10),
    _ probe: () throws -> Value?
) throws -> Value {
    let deadline = Clock.now + limit
    while true {
        if let value = try probe() { return value }
        guard Clock.now < deadline else { throw TimedOut(what, after: limit) }
        Thread.sleep(pause)
    }
}
