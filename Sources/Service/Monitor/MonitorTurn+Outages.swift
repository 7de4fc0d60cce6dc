import Links
import Model

extension MonitorTurn {
    /// An open outage is written so often, so that the next run knows until when it was watched.
    static let outageHeartbeat: Duration = .seconds(1)

    /// Goes on with the outages that the run before left open.
    mutating func resumeOutages() {
        guard let (starts, seenUntil) = parts.formerOutages?.resumable(at: clock) else { return }
        changes += model.apply(.outagesResumed(starts: starts, seenUntil: seenUntil, at: clock.monotonic))
    }

    /// Puts the open outages on disk when one began or ended, and at each heartbeat while there is one.
    mutating func keepOutages() {
        let open = model.openOutages
        let isChanged = open != keptOutages
        guard isChanged || (!open.isEmpty && clock.monotonic - outagesKeptAt >= Self.outageHeartbeat) else { return }
        keptOutages = open
        outagesKeptAt = clock.monotonic
        parts.keepOutages(OpenOutages(starts: open.mapValues(clock.wallTime(of:)), seenAt: clock.wall))
    }
}
