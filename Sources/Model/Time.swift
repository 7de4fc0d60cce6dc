/// A moment of the monotonic clock (CLOCK_MONOTONIC): good for differences, not for display.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (time: Self, duration: Duration) -> Self {
        Self(nanoseconds: time.nanoseconds + duration.nanoseconds)
    }

    public static func - (time: Self, duration: Duration) -> Self {
        Self(nanoseconds: time.nanoseconds - duration.nanoseconds)
    }

    /// Time from `right` to `left`; negative when `left` is earlier.
    public static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

/// A moment of the wall clock (CLOCK_REALTIME), nanoseconds since 1970-01-01T00:00:00Z.
public struct WallTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Seconds since the epoch, as metrics show them; rounded once, so that a quarter stays `.25`.
    public var seconds: Double {
        Double(nanoseconds / 1_000_000_000) + Double(nanoseconds % 1_000_000_000) / 1e9
    }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (time: Self, duration: Duration) -> Self {
        Self(nanoseconds: time.nanoseconds + duration.nanoseconds)
    }

    public static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

/// Both clocks read together, so that a monotonic moment can be shown as wall time.
public struct ClockReading: Hashable, Sendable {
    public var monotonic: MonotonicTime
    public var wall: WallTime

    public init(monotonic: MonotonicTime, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// Wall clock minus monotonic clock: it changes where the wall clock is stepped.
    public var offset: Duration { .nanoseconds(wall.nanoseconds - monotonic.nanoseconds) }

    /// The wall time of `moment`, as the clocks stood at this reading.
    public func wallTime(of moment: MonotonicTime) -> WallTime {
        wall + (moment - monotonic)
    }
}
