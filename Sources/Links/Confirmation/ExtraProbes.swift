public import Model

/// Probes between the regular ones: they confirm a first loss where probes come seldom, and find the end of an outage.
/// It says what is to be sent; who sends it is another's.
public struct ExtraProbes: Sendable {
    /// A stream of through or workload probes, as far as it matters here.
    public struct Stream: Sendable {
        public var probe: ProbeID
        public var role: ProbeRole
        public var link: String
        public var interval: Duration

        public init(probe: ProbeID, role: ProbeRole, link: String, interval: Duration) {
            self.probe = probe
            self.role = role
            self.link = link
            self.interval = interval
        }
    }

    public struct Request: Sendable, Equatable {
        public var probe: ProbeID
        /// From now to each of them, rising.
        public var delays: [Duration]

        public init(probe: ProbeID, delays: [Duration]) {
            self.probe = probe
            self.delays = delays
        }
    }

    /// Streams whose first loss is being confirmed, until they answer again.
    private var confirming: Set<ProbeID> = []
    /// Links whose workloads do not answer, and since when.
    private var outages: [String: MonotonicTime] = [:]
    /// When the extra probes of a stream are used up.
    private var searching: [ProbeID: MonotonicTime] = [:]

    /// Between a confirming probe and any other of its stream. More than the 300 ms for which a routing protocol or a
    /// busy queue may lose everything: two losses of a run are two events, or there is a fault.
    static let gap: Duration = .milliseconds(400)
    /// So often in an interval is a workload asked while its link is out: the outage's end is known to that part.
    static let searchesInInterval = 4
    static let leastSearchSpacing: Duration = .milliseconds(25)
    /// Of a longer outage an interval is a small part.
    static let searchTime: Duration = .seconds(300)

    public init() {}

    public mutating func answered(_ probe: ProbeID) {
        if !confirming.isEmpty { confirming.remove(probe) }
    }

    /// A first loss is confirmed by quicker probes.
    /// - Parameters:
    ///   - sentAt: of the lost probe; the regular ones are whole intervals away from it.
    ///   - now: the loss is known.
    public mutating func lost(
        _ stream: Stream,
        sentAt: MonotonicTime,
        downAfter: Int,
        at now: MonotonicTime
    ) -> Request? {
        guard stream.role == .through || stream.role == .workload, downAfter > 1,
            stream.interval >= Self.gap * 2, !confirming.contains(stream.probe)
        else { return nil }
        let delays = confirmations(after: now - sentAt, interval: stream.interval, downAfter: downAfter)
        guard !delays.isEmpty else { return nil }
        confirming.insert(stream.probe)
        return Request(probe: stream.probe, delays: delays)
    }

    /// When probes may go so that each keeps its distance from the lost one, the regular ones and each other, until all
    /// together are a fall.
    private func confirmations(after age: Duration, interval: Duration, downAfter: Int) -> [Duration] {
        var times: [Duration] = []
        var time = max(age, Self.gap)
        while times.count < Detection.mostExtraProbes {
            let regular = Int((time / interval).rounded())
            let distance = time - interval * regular
            if max(distance, .zero - distance) < Self.gap { time = interval * regular + Self.gap }
            // The lost one, the regular ones since, and ours.
            let before = 1 + Int((time / interval).rounded(.down)) + times.count
            guard before < downAfter else { break }
            times.append(time)
            time += Self.gap
        }
        return times.map { $0 - age }
    }

    public mutating func note(_ change: LinksChange) {
        switch change {
        case .outageOpened(let link, _, let moment), .outageResumed(let link, _, let moment): outages[link] = moment
        case .outageClosed(let link, _): outages[link] = nil
        default: return
        }
        if outages.isEmpty { searching.removeAll() }
    }

    /// Whether `searches` may have anything to say.
    public var isSearching: Bool { !outages.isEmpty }

    /// What is to be sent now to find the end of the outages that are open.
    /// - Parameter period: from one call to the next.
    public mutating func searches(
        among streams: some Sequence<Stream>,
        at now: MonotonicTime,
        period: Duration
    ) -> [Request] {
        outages = outages.filter { now - $0.value < Self.searchTime }
        guard !outages.isEmpty else { return [] }
        var requests: [Request] = []
        let asked = streams.filter { $0.role == .workload && outages[$0.link] != nil }
        let counts = Dictionary(asked.map { ($0.link, 1) }, uniquingKeysWith: +)
        var places: [String: Int] = [:]
        for stream in asked {
            let place = places[stream.link, default: 0]
            places[stream.link] = place + 1
            guard searching[stream.probe].map({ $0 <= now }) ?? true else { continue }
            // Asked for at ticks: a little before they are used up, or a whole tick would pass without any.
            searching[stream.probe] = now + stream.interval - period / 2
            let spacing = max(Self.leastSearchSpacing, stream.interval / Self.searchesInInterval)
            // All at the same moments they would tell the same.
            let offset = spacing * place / max(1, counts[stream.link] ?? 1)
            requests.append(
                Request(probe: stream.probe, delays: (0..<Self.searchesInInterval).map { spacing * $0 + offset })
            )
        }
        return requests
    }
}
