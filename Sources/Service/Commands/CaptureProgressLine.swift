import Capture

/// How far a large file is read, a few times a second.
struct CaptureProgressLine {
    private var last: ContinuousClock.Instant?
    private(set) var isShown = false

    /// Files below this are read before anybody looks.
    private static let largeFile = 32 << 20
    private static let interval = Duration.milliseconds(200)

    /// - Returns: nil where nothing new is to be shown.
    mutating func text(for progress: CaptureProgress) -> String? {
        guard progress.bytesTotal == 0 || progress.bytesTotal >= Self.largeFile else { return nil }
        let now = ContinuousClock.now
        guard last.map({ now - $0 >= Self.interval }) ?? true else { return nil }
        defer { last = now }
        // The first call only starts the clock.
        guard last != nil else { return nil }
        isShown = true
        guard progress.bytesTotal > 0 else { return "\(progress.source): \(progress.packets) packets" }
        let share = progress.bytesRead * 100 / progress.bytesTotal
        return "\(progress.source): \(share) %, \(progress.packets) packets"
    }
}
