public import Wire

/// Whence the two stamps of a round trip came, best first.
public enum StampClock: String, CaseIterable, Sendable {
    case hardware, kernel, capture, user
}

/// The number of one probe stream (one flow of one target over one pin); given by the scheduler, dense from 0.
public struct ProbeID: Hashable, Comparable, Sendable, RawRepresentable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What every probe of every kind ends in. Outcomes of one stream arrive in the order of sending.
public struct Outcome: Sendable, Equatable {
    public enum Result: Sendable, Equatable {
        /// `roundTrip` is never negative.
        case answered(roundTrip: Duration, clock: StampClock)
        case failed(Reason)
        /// Spoiled by ourselves (overload, a stop, a clock step, a reload): neither answered nor lost.
        case invalid(Reason)
    }

    public var probe: ProbeID
    /// Counts from 0 in each stream.
    public var sequence: UInt64
    public var sentAt: MonotonicTime
    /// When the answer came or was given up.
    public var settledAt: MonotonicTime
    public var result: Result
    /// Facts that only some probes have; nil for the usual answer.
    public var detail: OutcomeDetail?

    public init(
        probe: ProbeID,
        sequence: UInt64,
        sentAt: MonotonicTime,
        settledAt: MonotonicTime,
        result: Result,
        detail: OutcomeDetail? = nil
    ) {
        self.probe = probe
        self.sequence = sequence
        self.sentAt = sentAt
        self.settledAt = settledAt
        self.result = result
        self.detail = detail
    }

    public var isAnswer: Bool {
        if case .answered = result { true } else { false }
    }
}

/// The rare facts of an outcome, each with its evidence.
public struct OutcomeDetail: Sendable, Equatable {
    /// Who sent the answer or the ICMP error, where that is not the target itself.
    public var responder: IPAddress?
    /// The interface (kernel index) on which the answer arrived, where the kernel said so: of a probe that is pinned to an
    /// interface where that is another one, of one pinned by source or mark always.
    public var arrivalInterface: Int32?
    /// Nobody told by which interface the answer came in: it proves no way back.
    public var isArrivalUnknown = false
    /// TTL or hop limit of the answer.
    public var replyTTL: UInt8?
    /// How often the kernel sent the SYN again (TCP_INFO).
    public var retransmittedSYNs: UInt8?
    /// SYNs and segments with data that the capture saw again; nil where nothing was captured.
    public var retransmissions: Int?
    /// What the `ConnectionWitness` gave for its only connection.
    public var wireTicket: UInt64?
    /// Name of the answer: an IKE notify (`NO_PROPOSAL_CHOSEN`), `SYN-ACK`, `RST`.
    public var answer: String?
    /// The message of the system or the peer, for people.
    public var message: String?
    /// Phases of the probe in order, in nanoseconds (contract §6 `probe_phase_seconds`).
    public var phases: [Phase]
    /// What a request brought to light; nil for packets.
    public var request: RequestFacts?

    public struct Phase: Sendable, Equatable {
        public var name: PhaseName
        public var duration: Duration

        public init(name: PhaseName, duration: Duration) {
            self.name = name
            self.duration = duration
        }
    }

    public init(
        responder: IPAddress? = nil,
        arrivalInterface: Int32? = nil,
        replyTTL: UInt8? = nil,
        retransmittedSYNs: UInt8? = nil,
        answer: String? = nil,
        message: String? = nil,
        phases: [Phase] = [],
        request: RequestFacts? = nil
    ) {
        self.responder = responder
        self.arrivalInterface = arrivalInterface
        self.replyTTL = replyTTL
        self.retransmittedSYNs = retransmittedSYNs
        self.answer = answer
        self.message = message
        self.phases = phases
        self.request = request
    }
}

/// Phases of a probe (contract §6).
public enum PhaseName: String, CaseIterable, Sendable {
    case resolve
    case proxyConnect = "proxy_connect"
    case proxyTunnel = "proxy_tunnel"
    case connect, tls, request
    case firstByte = "first_byte"
    case transfer
}

/// What is not an outcome and still is counted: packets that came when nothing was open for them.
public struct ProbeAnomaly: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// A second answer to the same probe.
        case duplicate
        /// An answer that overtook an earlier probe's answer.
        case reordered
        /// An answer after the time-out: the probe stays lost.
        case late
    }

    public var probe: ProbeID
    public var kind: Kind

    public init(probe: ProbeID, kind: Kind) {
        self.probe = probe
        self.kind = kind
    }
}

extension Outcome.Result: CustomStringConvertible {
    public var description: String {
        switch self {
        case .answered(let roundTrip, let clock):
            "answered after \(roundTrip.millisecondsText) ms (\(clock.rawValue) clock)"
        case .failed(let reason): "failed: \(reason)"
        case .invalid(let reason): "spoiled by this host: \(reason)"
        }
    }
}
