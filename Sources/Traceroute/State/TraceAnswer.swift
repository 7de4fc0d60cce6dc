public import Model
public import Wire

/// What came back for one probe.
public struct TraceAnswer: Hashable, Sendable {
    /// How a target answers, by the protocol that it was asked in.
    public enum Reply: String, CaseIterable, Sendable {
        case echo = "echo_reply"
        /// TCP: the port is open.
        case synAck = "syn_ack"
        /// TCP: the port is closed, or the session is not known.
        case reset = "rst"
        /// TCP: an acknowledgement inside a session, or of a connection that an earlier SYN began.
        case acknowledgement = "ack"
        /// UDP: nobody listens on the port, which proves that the target was reached.
        case portUnreachable = "unreachable_port"
        /// UDP: our own bytes came back.
        case datagram = "udp_reply"
    }

    public enum Kind: Hashable, Sendable {
        /// The target itself.
        case reply(Reply)
        /// A router on the way.
        case ttlExceeded
        /// A router or the target refuses; nothing goes further.
        case unreachable(ICMPErrorKind)

        /// No probe with a higher TTL gets further.
        public var isFinal: Bool { self != .ttlExceeded }

        public var isReply: Bool {
            if case .reply = self { true } else { false }
        }
    }

    public var kind: Kind
    public var responder: IPAddress
    /// TTL or hop limit with which the answer came; nil where the kernel did not say.
    public var replyTTL: UInt8?
    /// TTL of our datagram when the router gave it up; 1 unless something forwards without counting.
    public var quotedTTL: UInt8?
    public var labels: [MPLSLabel]
    /// Labels that the router named beyond these.
    public var furtherLabels = 0
    /// What a translator on the way changed in our datagram before this router saw it; nil for nothing.
    public var translation: Translation?
    /// TCP: what the target announced in its SYN-ACK; nil where it did not.
    public var maximumSegmentSize: UInt16?
    public var receivedAt: MonotonicTime
    /// Wall clock of the kernel at the arrival; nil for none.
    public var receiveStamp: WallTime?
    /// Wall clock minus monotonic clock when it was read; nil where that was not looked at.
    public var clockOffset: Duration?
    /// False: it does not say which probe it answers, so that a round trip would be a guess.
    public var isTimed = true

    public init(
        kind: Kind,
        responder: IPAddress,
        replyTTL: UInt8? = nil,
        quotedTTL: UInt8? = nil,
        labels: [MPLSLabel] = [],
        translation: Translation? = nil,
        maximumSegmentSize: UInt16? = nil,
        receivedAt: MonotonicTime,
        receiveStamp: WallTime? = nil
    ) {
        self.kind = kind
        self.responder = responder
        self.replyTTL = replyTTL
        self.quotedTTL = quotedTTL
        self.labels = labels
        self.translation = translation
        self.maximumSegmentSize = maximumSegmentSize
        self.receivedAt = receivedAt
        self.receiveStamp = receiveStamp
    }
}

/// One probe: what was sent and what became of it.
public struct TraceProbe: Hashable, Sendable {
    public enum Fate: Hashable, Sendable {
        case waiting
        case answered(TraceAnswer)
        /// The kernel refused to send it.
        case refused(Reason)
        /// Our own buffer was full: neither sent nor lost.
        case invalid
    }

    public var round: Int
    public var ttl: Int
    public var sentAt: MonotonicTime
    /// Wall clock of the kernel at the departure; nil for none.
    public var transmitStamp: WallTime?
    /// Wall clock minus monotonic clock at the departure; nil where that was not looked at.
    public var clockOffset: Duration?
    public var fate: Fate
    /// Went to where the target was before it was found elsewhere: neither answered nor lost.
    public internal(set) var isUndecided = false
    /// A SYN that the target got after a later one of the same ports, as where packets overtake each other: it answers one of
    /// them, and says nothing of the others.
    var isOvertaken = false

    public init(
        round: Int,
        ttl: Int,
        sentAt: MonotonicTime,
        transmitStamp: WallTime? = nil,
        fate: Fate = .waiting
    ) {
        self.round = round
        self.ttl = ttl
        self.sentAt = sentAt
        self.transmitStamp = transmitStamp
        self.fate = fate
    }

    public var answer: TraceAnswer? {
        if case .answered(let answer) = fate { answer } else { nil }
    }

    /// Not by somebody on the way.
    var isAnsweredByTarget: Bool { answer?.kind.isReply == true }

    /// Left this host, and was to be answered.
    public var wasSent: Bool {
        switch fate {
        case .waiting: !isOvertaken
        case .answered: true
        case .refused, .invalid: false
        }
    }

    /// The round trip and the clock it was taken by; nil without an answer that has a time.
    ///
    /// Kernel stamps are of the wall clock: a pair that does not lie within the monotonic reading around it, or between whose
    /// stamps the two clocks went apart, was torn by a step of that clock, and the monotonic reading counts.
    public var roundTrip: (time: Duration, clock: StampClock)? {
        guard let answer, answer.isTimed else { return nil }
        let outer = max(answer.receivedAt - sentAt, .zero)
        if let transmitStamp, let receiveStamp = answer.receiveStamp, !isTorn(answer) {
            let inner = receiveStamp - transmitStamp
            if inner >= .zero, inner <= outer + .microseconds(50) { return (inner, .kernel) }
        }
        return (outer, .user)
    }

    /// A larger change of wall minus monotonic clock is a step of the wall clock.
    private static let stepLimit: Duration = .microseconds(20)

    private func isTorn(_ answer: TraceAnswer) -> Bool {
        guard let clockOffset, let later = answer.clockOffset else { return false }
        return abs((later - clockOffset).nanoseconds) > Self.stepLimit.nanoseconds
    }
}
