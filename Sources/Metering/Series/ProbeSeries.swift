public import Model

/// The series of one probe stream. Streams that differ in the flow alone share them. A class, so that a result costs one
/// retain and no copy.
public final class ProbeSeries: Sendable {
    public let sent: Series<Counter>
    public let received: Series<Counter>
    public let duplicates: Series<Counter>
    public let reordered: Series<Counter>
    public let invalid: Series<Counter>
    public let success: Series<Gauge>
    public let lastAnswer: Series<Gauge>
    public let roundTrip: Series<Histogram>
    public let clock: Series<StateSet>
    /// Of STAMP only: packets lost on the way there, and on the way back.
    public let lostForward: Series<Counter>?
    public let lostBackward: Series<Counter>?
    /// Of probes over TCP only.
    public let retransmissions: Series<Counter>?
    private let labels: [String]
    private let failures: [(reason: Reason, series: Series<Counter>)]

    /// Registers the series, or finds those that are there with their values.
    public init(_ key: ProbeKey, in store: inout MetricStore) {
        let labels = [
            key.link, key.path, key.role.rawValue, key.target.description, key.target.scheme.rawValue,
        ]
        self.labels = labels
        sent = store.series(Catalogue.probeSent, labels)
        received = store.series(Catalogue.probeReceived, labels)
        duplicates = store.series(Catalogue.probeDuplicates, labels)
        reordered = store.series(Catalogue.probeReordered, labels)
        invalid = store.series(Catalogue.probeInvalid, labels)
        success = store.series(Catalogue.probeSuccess, labels)
        lastAnswer = store.series(Catalogue.probeLastAnswer, labels)
        roundTrip = store.series(Catalogue.probeRTT, labels)
        clock = store.series(Catalogue.probeClock, labels)
        let isSTAMP = key.target.scheme == .stamp
        lostForward = isSTAMP ? store.series(Catalogue.stampLost, labels + ["forward"]) : nil
        lostBackward = isSTAMP ? store.series(Catalogue.stampLost, labels + ["backward"]) : nil
        let usesTCP = key.target.scheme.hasPhases && key.target.scheme != .dns
        retransmissions = usesTCP ? store.series(Catalogue.probeRetransmissions, labels) : nil
        failures = key.target.possibleReasons.map { reason in
            (reason, store.series(Catalogue.probeFailures, labels + [reason.rawValue]))
        }
        store.initialize(success, 0)
        store.initialize(lastAnswer, 0)
        for phase in PhaseName.allCases where key.target.scheme.hasPhases {
            _ = store.series(Catalogue.probePhase, labels + [phase.rawValue])
        }
    }

    /// Counts a settled probe.
    /// - Parameter wall: the wall time of `outcome.settledAt`.
    public func record(_ outcome: Outcome, settledAt wall: WallTime, in store: inout MetricStore) {
        switch outcome.result {
        case .answered(let roundTripTime, let stamps):
            store.add(sent)
            store.add(received)
            store.record(roundTrip, nanoseconds: roundTripTime.nanoseconds)
            store.set(success, 1.0)
            store.set(lastAnswer, wall.seconds)
            store.set(clock, stamps.place)
        case .failed(let reason):
            store.add(sent)
            store.set(success, 0.0)
            store.add(failure(reason, in: &store))
        case .invalid:
            store.add(invalid)
        }
        guard let detail = outcome.detail else { return }
        if let retransmissions, let again = detail.retransmissions ?? detail.retransmittedSYNs.map(Int.init) {
            store.add(retransmissions, Double(again))
        }
        if let end = detail.request?.handshake?.earliestExpiry {
            store.set(store.series(Catalogue.probeCertificate, labels), end.seconds)
        }
        for phase in detail.phases {
            store.set(
                store.series(Catalogue.probePhase, labels + [phase.name.rawValue]),
                phase.duration.seconds
            )
        }
    }

    /// Counts a packet that came when nothing was open for it; a late one is in the loss already.
    public func record(_ anomaly: ProbeAnomaly.Kind, in store: inout MetricStore) {
        switch anomaly {
        case .duplicate: store.add(duplicates)
        case .reordered: store.add(reordered)
        case .late: break
        }
    }

    /// Counts losses whose way became known.
    public func recordLoss(forward: Int, backward: Int, in store: inout MetricStore) {
        if let lostForward { store.add(lostForward, Double(forward)) }
        if let lostBackward { store.add(lostBackward, Double(backward)) }
    }

    /// A reason that was not foreseen is counted all the same.
    private func failure(_ reason: Reason, in store: inout MetricStore) -> Series<Counter> {
        failures.first { $0.reason == reason }?.series
            ?? store.series(Catalogue.probeFailures, labels + [reason.rawValue])
    }
}

extension StampClock {
    /// Its place in `allCases`, as a number that costs nothing.
    fileprivate var place: Int {
        switch self {
        case .hardware: 0
        case .kernel: 1
        case .capture: 2
        case .user: 3
        }
    }
}

extension Target.Scheme {
    /// Whether a probe goes through phases that are measured apart.
    fileprivate var hasPhases: Bool {
        switch self {
        case .tcp, .tls, .http, .https, .dns: true
        case .icmp, .udp, .stamp, .ike, .bfd: false
        }
    }
}
