public import Model
public import Wire

/// A BFD packet that was seen on its way (RFC 5880).
public struct BFDSighting: Sendable, Equatable {
    public var path: PathID
    public var sender: IPAddress
    /// What the sender says of the session.
    public var state: BFDState
    public var at: MonotonicTime
    /// How often it wants to send, and at most to receive.
    public var sending: Duration
    public var receiving: Duration
    /// Packets that may be missed in a row.
    public var multiplier: Int

    public init(
        path: PathID,
        sender: IPAddress,
        state: BFDState,
        at: MonotonicTime,
        sending: Duration,
        receiving: Duration,
        multiplier: Int
    ) {
        self.path = path
        self.sender = sender
        self.state = state
        self.at = at
        self.sending = sending
        self.receiving = receiving
        self.multiplier = multiplier
    }
}

/// The BFD sessions of connections, as an observer sees them: by what both ends say. Pure.
///
/// The silence of one end is no verdict: where packets are lost the other end says so itself, and where a mirror loses them
/// nothing is wrong. Where nobody is heard any more nothing is known.
public struct BFDSessions: Sendable, Equatable {
    /// The last packet of each end.
    private var ends: [PathID: [BFDSighting]] = [:]
    /// The last state that was told.
    private var told: [PathID: BFDState] = [:]

    /// How long a packet may take from the wire to here.
    static let delay: Duration = .milliseconds(150)
    /// Where the other end was never seen, it may want less than the sender offers.
    static let leastPatience: Duration = .seconds(3)
    /// A session has two ends; more addresses in a subnet of two are a mistake or malice.
    private static let mostEnds = 2

    public init() {}

    /// A session of which something is known has another state; nil: it is unknown now, since both ends are silent.
    public typealias Change = (path: PathID, state: BFDState?)

    /// Takes what was seen.
    public mutating func note(_ sightings: [BFDSighting], at now: MonotonicTime) -> [Change] {
        for sighting in sightings {
            var known = ends[sighting.path] ?? []
            if let place = known.firstIndex(where: { $0.sender == sighting.sender }) {
                if known[place].at <= sighting.at { known[place] = sighting }
            } else if known.count < Self.mostEnds {
                known.append(sighting)
            } else if let place = known.firstIndex(where: { Self.isSilent($0, among: known, at: now) }) {
                known[place] = sighting
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
            let state = Self.state(known.filter { !Self.isSilent($0, among: known, at: now) })
            guard told[path] != state else { continue }
            told[path] = state
            changes.append((path, state))
        }
        return changes.sorted { $0.path < $1.path }
    }

    /// Its receiver has given it up (RFC 5880 §6.8.4); a capture shows packets a little late.
    private static func isSilent(_ end: BFDSighting, among ends: [BFDSighting], at now: MonotonicTime) -> Bool {
        let other = ends.first { $0.sender != end.sender }
        let agreed = max(end.sending, other?.receiving ?? .zero) * end.multiplier
        return now - end.at > (other == nil ? max(agreed, leastPatience) : agreed) + delay
    }

    /// Up where all say so (RFC 5880 §6.8.6); nil where nobody speaks.
    private static func state(_ speaking: [BFDSighting]) -> BFDState? {
        let order: [BFDState] = [.adminDown, .down, .initial, .up]
        return order.first { state in speaking.contains { $0.state == state } }
    }
}
