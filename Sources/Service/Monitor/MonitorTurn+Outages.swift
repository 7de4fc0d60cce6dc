import Links
import Model

extension MonitorTurn {
    /// An open outage is written so often, so that the next run knows until when it was watched.
    static let outageHeartbeat: Duration = .seconds(1)

    /// Goes on with the outages that the run before left open.
    mutating func resumeOutages() {
        guard let former = parts.formerOutages?.resumable(at: clock) else { return }
        changes += model.apply(
            .outagesResumed(
                starts: former.starts,
                blindTimes: former.blindTimes,
                seenUntil: former.seenUntil,
                at: clock.monotonic
            )
        )
    }

    /// Puts the open outages on disk when one began or ended, at each heartbeat while there is one, and at the end.
    mutating func keepOutages(isLast: Bool) {
        let open = model.openOutages
        let isChanged = open != keptOutages || (isLast && !open.isEmpty)
        guard isChanged || (!open.isEmpty && clock.monotonic - outagesKeptAt >= Self.outageHeartbeat) else { return }
        keptOutages = open
        outagesKeptAt = clock.monotonic
        let hidden = open.values.min().map(model.blindTimes(since:)) ?? []
        parts.keepOutages(
            OpenOutages(
                starts: open.mapValues(clock.wallTime(of:)),
                blindTimes: hidden.map { .init(from: clock.wallTime(of: $0.from), to: clock.wallTime(of: $0.to)) },
                seenAt: clock.wall
            )
        )
    }
}
