internal import Model
public import Wire

/// What a live view knows of each hop: all that was ever measured, and the last answers one by one.
public struct WatchHistory: Sendable {
    public struct Hop: Hashable, Sendable {
        public var ttl: Int
        /// The latest; nil while nobody answered.
        public var responder: IPAddress?
        public var name: String?
        public var isRateLimited = false
        public var sent = 0
        public var received = 0
        public var last: Duration?
        public var best: Duration?
        public var worst: Duration?
        /// The last rounds, oldest first; nil: no answer.
        public var recent: [Duration?] = []
        fileprivate var sum: Duration = .zero

        public var average: Duration? { received == 0 ? nil : sum / received }
        public var loss: Double { sent == 0 ? 0 : Double(sent - received) / Double(sent) }
    }

    /// Order of the lines.
    public enum Order: String, CaseIterable, Sendable { case hop, loss, average, worst }

    public private(set) var hops: [Hop] = []
    public private(set) var rounds = 0
    public private(set) var verdict: TraceVerdict?
    public var order = Order.hop
    public var isPaused = false

    /// Rounds that `recent` keeps.
    public static let length = 40

    public init() {}

    /// Takes a round; hops beyond the target's distance go.
    public mutating func add(_ report: TraceReport) {
        rounds += 1
        verdict = report.verdict
        if report.distance != nil, hops.count > report.hops.count { hops.removeLast(hops.count - report.hops.count) }
        for hop in report.hops {
            while hops.count < hop.ttl { hops.append(Hop(ttl: hops.count + 1)) }
            hops[hop.ttl - 1].add(hop)
        }
        markRateLimits()
    }

    public mutating func reset() {
        hops = []
        rounds = 0
    }

    public mutating func nextOrder() {
        let all = Order.allCases
        order = all[((all.firstIndex(of: order) ?? 0) + 1) % all.count]
    }

    /// A router that answers less than something behind it.
    private mutating func markRateLimits() {
        var most = 0.0
        for index in hops.indices.reversed() {
            let answered = 1 - hops[index].loss
            hops[index].isRateLimited = index < hops.count - 1 && hops[index].received > 0 && answered < most
            most = max(most, answered)
        }
    }

    /// In the order of the view; what has no value comes last.
    public var sorted: [Hop] {
        switch order {
        case .hop: hops
        case .loss: hops.sorted { ($0.loss, $1.ttl) > ($1.loss, $0.ttl) }
        case .average: hops.sorted { ($0.average ?? .zero, $1.ttl) > ($1.average ?? .zero, $0.ttl) }
        case .worst: hops.sorted { ($0.worst ?? .zero, $1.ttl) > ($1.worst ?? .zero, $0.ttl) }
        }
    }
}

extension WatchHistory.Hop {
    fileprivate mutating func add(_ hop: TraceHop) {
        if let first = hop.responders.first {
            responder = first.address
            name = first.name ?? name
        }
        sent += hop.statistics.sent
        received += hop.statistics.received
        if let time = hop.statistics.last {
            last = time
            best = min(best ?? time, hop.statistics.best ?? time)
            worst = max(worst ?? time, hop.statistics.worst ?? time)
            sum += (hop.statistics.average ?? time) * hop.statistics.received
        }
        recent.append(hop.statistics.last)
        if recent.count > WatchHistory.length { recent.removeFirst(recent.count - WatchHistory.length) }
    }
}
