/// Whose events a turn of the loop was spent on. Pure; times are those of the processor, so that a machine that is busy with
/// others spoils nothing.
///
/// While one request is served the events of all others wait and get late stamps. What a request calculates for itself, a
/// handshake say, is its own time.
struct TurnWork {
    private var begun: Duration = .zero
    private var last: Duration = .zero
    private var parts: [(owner: ObjectIdentifier, time: Duration)] = []

    mutating func begin(at time: Duration) {
        begun = time
        last = time
        parts.removeAll(keepingCapacity: true)
    }

    /// An event has been served.
    mutating func note(_ owner: ObjectIdentifier?, at time: Duration) {
        if let owner { parts.append((owner, time - last)) }
        last = time
    }

    var total: Duration { last - begun }

    /// How long an owner's events may have waited for those of others.
    func wait(of owner: ObjectIdentifier) -> Duration {
        parts.reduce(total) { $1.owner == owner ? $0 - $1.time : $0 }
    }
}
