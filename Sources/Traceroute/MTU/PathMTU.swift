public import Wire

/// The largest packet that crosses the way whole, and what limits it.
public struct PathMTU: Hashable, Sendable {
    public enum Behaviour: String, CaseIterable, Sendable {
        /// The link of this host is the narrowest.
        case unlimited
        /// A router says that it cannot forward larger packets: senders learn the size.
        case reported
        /// Larger packets vanish without a word: senders do not learn it, and connections hang.
        case blackHole = "black_hole"
    }

    /// Of the whole IP packet; nil when no large packet was answered and none refused.
    public var bytes: Int?
    /// Of several flows the one whose way this is; nil where the sizes were tried by packets of no flow.
    public var flow: Int?
    /// Of the link that packets leave by.
    public var interfaceBytes: Int
    /// Nil when the size is not known.
    public var behaviour: Behaviour?
    /// The last hop that large packets reach; nil where none limits or its place is not known.
    public var limitTTL: Int?
    public var limitRouter: IPAddress?
    /// Of a black hole; nil where it is not known.
    public var direction: HoleDirection?
    /// Of a black hole behind which a narrower link's router says that it is narrow: a size that vanishes.
    public var vanishingBytes: Int?
    /// A router named a size that is not the true one.
    public var toldBytes: Int?
    public var probes: Int
    /// What the sizes were tried with, such as `icmp`.
    public var method: TraceRequest.TraceProtocol

    public init(
        bytes: Int?,
        interfaceBytes: Int,
        behaviour: Behaviour? = nil,
        limitTTL: Int? = nil,
        limitRouter: IPAddress? = nil,
        toldBytes: Int? = nil,
        probes: Int = 0,
        method: TraceRequest.TraceProtocol = .icmp
    ) {
        self.bytes = bytes
        self.interfaceBytes = interfaceBytes
        self.behaviour = behaviour
        self.limitTTL = limitTTL
        self.limitRouter = limitRouter
        self.toldBytes = toldBytes
        self.probes = probes
        self.method = method
    }

    /// Size of a TCP segment that fits (RFC 6691: without options).
    public func segmentSize(_ family: IPFamily) -> Int? { bytes.map { $0 - (family == .v4 ? 40 : 60) } }
}
