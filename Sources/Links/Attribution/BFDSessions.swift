public import Model
public import Wire

/// A BFD packet that was seen on its way (RFC 5880).
public struct BFDSighting: Sendable, Equatable {
    public var path: PathID
    public var sender: IPAddress
    /// What the sender says of the session.
    public var state: BFDState
    public var at: MonotonicTime
    /// How long its receiver waits for the next one.
    public var patience: Duration

    public init(path: PathID, sender: IPAddress, state: BFDState, at: MonotonicTime, patience: Duration) {
        self.path = path
        self.sender = sender
        self.state = state
        self.at = at
        self.patience = patience
    }
}

/// The BFD sessions of connections, as an observer sees them: by what both ends say. Pure.
///
/// The silence of one end is no verdict: where packets are lost the other end says so itself, and where a mirror loses them
/// nothing is wrong. Where nobody is heard any more nothing is known.
public struct BFDSessions: Sendable, Equatable {
    private struct End: Sendable, Equatable {
        var address: IPAddress
        var state: BFDState
        var at: MonotonicTime
        var patience: Duration

        /// The receiver has given it up; a capture shows packets a little late.
        func isSilent(at now: MonotonicTime) -> Bool { now - at > patience + BFDSessions.delay }
    }

    private var ends: [PathID: [End]] = [:]
    /// The last state that was told.
    private var told: [PathID: BFDState] = [:]

    /// How long a packet may take from the wire to here.
    static let delay: Duration = .milliseconds(150)
    /// A session has two ends; more addresses in a subnet of two are a mistake or malice.
    private static let mostEnds = 2

    public init() {}

    /// A session of which something is known has another state; nil: it is unknown now, since both ends are silent.
    public typealias Change = (path: PathID, state: BFDState?)

    /// Takes what was seen.
    public mutating func note(_ sightings: [BFDSighting], at now: MonotonicTime) -> [Change] {
        for sighting in sightings {
            let end = End(
                address: sighting.sender,
                state: sighting.state,
                at: sighting.at,
                patience: sighting.patience
            )
            var known = ends[sighting.path] ?? []
            if let place = known.firstIndex(where: { $0.address == sighting.sender }) {
                if known[place].at <= end.at { known[place] = end }
            } else if known.count < Self.mostEnds {
                known.append(end)
            } else if let place = known.firstIndex(where: { $0.isSilent(at: now) }) {
                known[place] = end
            }
            ends[sighting.path] = known
        }
        return judge(at: now)
    }

    /// Forgets paths that are no more.
    public mutating func keep(_ paths: Set<PathID>) {
        ends = ends.filter { paths.contains($0.key) }
        told = told.filter { paths.contains($0.key) }
    }

    /// What has changed since it was last asked.
    public mutating func judge(at now: MonotonicTime) -> [Change] {
        var changes: [Change] = []
        for (path, known) in ends {
            let state = Self.state(known.filter { !$0.isSilent(at: now) })
            guard told[path] != state else { continue }
            told[path] = state
            changes.append((path, state))
        }
        return changes.sorted { $0.path < $1.path }
    }

    /// Up where all say so (RFC 5880 §6.8.6); nil where nobody speaks.
    private static func state(_ speaking: [End]) -> BFDState? {
        let order: [BFDState] = [.adminDown, .down, .initial, .up]
        return order.first { state in speaking.contains { $0.state == state } }
    }
}
