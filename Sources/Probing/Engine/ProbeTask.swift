public import Model
public import Wire

/// What a probe sends and takes for an answer.
public enum ProbeKind: Hashable, Sendable {
    /// ICMP or ICMPv6 echo (RFC 792, RFC 4443).
    case icmpEcho
    /// A TCP handshake, ended by RST; a refused port is a failure (`refused`).
    case tcpConnect
    /// RFC 8762, unauthenticated.
    case stamp
    /// `IKE_SA_INIT` (RFC 7296); on the NAT traversal port behind a non-ESP marker (RFC 3948).
    case ike(nonESPMarker: Bool)
}

/// One stream of probes: who is asked what, over which pin, how often.
public struct ProbeTask: Hashable, Sendable {
    public var id: ProbeID
    public var kind: ProbeKind
    public var destination: IPAddress
    /// Nil for ICMP only.
    public var port: UInt16?
    public var pin: Pin
    public var interval: Duration
    /// May exceed the interval: then several probes are open at once (TCP excepted: one for each flow).
    public var timeout: Duration
    /// From the start of the stream to its first probe, below the interval, so that streams do not send together;
    /// nil chooses by the number of the stream.
    public var phase: Duration?
    /// Source port of the flow; nil lets the engine choose one, which it keeps as long as it can.
    public var sourcePort: UInt16?
    /// Hop limit; nil is the system's. A probe that dies on the way ends with `ttl_exceeded` and names the router.
    public var ttl: UInt8?

    public init(
        id: ProbeID,
        kind: ProbeKind,
        destination: IPAddress,
        port: UInt16? = nil,
        pin: Pin = .none,
        interval: Duration = .seconds(1),
        timeout: Duration = .milliseconds(800),
        phase: Duration? = nil,
        sourcePort: UInt16? = nil,
        ttl: UInt8? = nil
    ) {
        self.id = id
        self.kind = kind
        self.destination = destination
        self.port = port
        self.pin = pin
        self.interval = interval
        self.timeout = timeout
        self.phase = phase
        self.sourcePort = sourcePort
        self.ttl = ttl
    }
}
