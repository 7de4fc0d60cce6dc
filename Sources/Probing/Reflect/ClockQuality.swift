internal import CLinux
internal import Wire

/// How good the wall clock is, as the kernel's clock discipline knows it.
public enum ClockQuality {
    /// Of a clock that nobody disciplines nothing is known; a second is said.
    private static let undisciplined: UInt64 = 1_000_000_000

    /// How far off the wall clock may be; nil where nothing keeps it in time.
    public static func error() -> Duration? {
        let estimate = read()
        return estimate.isSynchronized ? .nanoseconds(Int64(clamping: estimate.nanoseconds)) : nil
    }

    static func read() -> STAMPErrorEstimate {
        var answer = timex()
        let state = adjtimex(&answer)
        // TIME_ERROR (5): not synchronized.
        guard state >= 0, state != 5 else {
            return STAMPErrorEstimate(isSynchronized: false, nanoseconds: undisciplined)
        }
        let microseconds = UInt64(max(0, answer.maxerror))
        return STAMPErrorEstimate(isSynchronized: true, nanoseconds: microseconds * 1_000)
    }
}
