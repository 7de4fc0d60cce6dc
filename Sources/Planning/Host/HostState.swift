public import Model

/// What a running host tells about itself beyond its files; of a folder (`--root`) nothing of it is known.
public struct HostState: Sendable, Equatable {
    /// How ICMP can be sent.
    public enum ICMPAccess: Sendable, Equatable { case raw, ping, none }

    public enum Wireserver: Sendable, Equatable {
        case answered(status: Int)
        /// TCP was refused, reset or not answered; the reason.
        case failed(Reason)
    }

    /// By family; `none` where neither a raw nor a ping socket can be had.
    public var icmpV4: ICMPAccess
    public var icmpV6: ICMPAccess
    /// Routing marks can be set (CAP_NET_ADMIN).
    public var canMark: Bool
    public var isRoot: Bool
    /// Kernel transmit and receive stamps came in the self-test, by family.
    public var stampsV4: Bool
    public var stampsV6: Bool
    /// The error that the kernel's clock discipline knows of; nil: not synchronized.
    public var clockError: Duration?
    public var now: WallTime
    /// Nil: it was not asked, as this is no Azure VM.
    public var wireserver: Wireserver?

    public init(
        icmpV4: ICMPAccess,
        icmpV6: ICMPAccess,
        canMark: Bool,
        isRoot: Bool,
        stampsV4: Bool,
        stampsV6: Bool,
        clockError: Duration?,
        now: WallTime,
        wireserver: Wireserver? = nil
    ) {
        self.icmpV4 = icmpV4
        self.icmpV6 = icmpV6
        self.canMark = canMark
        self.isRoot = isRoot
        self.stampsV4 = stampsV4
        self.stampsV6 = stampsV6
        self.clockError = clockError
        self.now = now
        self.wireserver = wireserver
    }
}
