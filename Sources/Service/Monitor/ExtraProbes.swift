import Links
import Model
import Scheduling

/// Probes between the regular ones: they confirm a first loss where probes come seldom, and find the end of an outage.
/// Pure: it says what is to be sent.
struct ExtraProbes {
    struct Request: Equatable {
        var probe: ProbeID
        var count: Int
        /// From one to the next; the first goes at once.
        var spacing: Duration
    }

    /// Streams whose first loss is being confirmed, until they answer again.
    private var confirming: Set<ProbeID> = []
    /// Links whose workloads do not answer, and since when.
    private var outages: [String: MonotonicTime] = [:]
    /// When the extra probes of a stream are used up.
    private var searching: [ProbeID: MonotonicTime] = [:]

    /// Streams with at least this interval have their first loss confirmed.
    static let seldom: Duration = .milliseconds(500)
    static let confirmationSpacing: Duration = .milliseconds(200)
    /// So often in an interval is a workload asked while its link is out: the outage's end is known to that part.
    static let searchesInInterval = 4
    static let leastSearchSpacing: Duration = .milliseconds(25)
    /// Of a longer outage an interval is a small part.
    static let searchTime: Duration = .seconds(300)

    mutating func answered(_ probe: ProbeID) {
        if !confirming.isEmpty { confirming.remove(probe) }
    }

    /// A first loss is confirmed by quicker probes. They are far enough apart, and after the time-out of the first,
    /// that one short burst of loss does not take them all.
    mutating func lost(_ probe: ProbeID, of stream: PlannedStream, downAfter: Int) -> Request? {
        guard let role = stream.key?.role, role == .through || role == .workload, stream.interval >= Self.seldom,
            downAfter > 1, confirming.insert(probe).inserted
        else { return nil }
        return Request(probe: probe, count: downAfter - 1, spacing: Self.confirmationSpacing)
    }

    mutating func note(_ change: LinksChange) {
        switch change {
        case .outageOpened(let link, _, let moment): outages[link] = moment
        case .outageClosed(let link, _): outages[link] = nil
        default: return
        }
        if outages.isEmpty { searching.removeAll() }
    }

    /// What is to be sent now to find the end of the outages that are open.
    mutating func searches(among streams: [PlannedStream?], at now: MonotonicTime) -> [Request] {
        guard !outages.isEmpty else { return [] }
        outages = outages.filter { now - $0.value < Self.searchTime }
        var requests: [Request] = []
        for (position, stream) in streams.enumerated() {
            guard let stream, let key = stream.key, key.role == .workload, outages[key.link] != nil else { continue }
            let probe = ProbeID(rawValue: Int32(position))
            guard searching[probe].map({ $0 <= now }) ?? true else { continue }
            // Asked for at ticks: a little before they are used up, or a whole tick would pass without any.
            searching[probe] = now + stream.interval - Monitor.period / 2
            let spacing = max(Self.leastSearchSpacing, stream.interval / Self.searchesInInterval)
            requests.append(Request(probe: probe, count: Self.searchesInInterval, spacing: spacing))
        }
        return requests
    }
}
