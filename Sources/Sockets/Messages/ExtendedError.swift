public import Wire

/// A record of the error queue (`struct sock_extended_err`): an ICMP error, a local one, or a transmit stamp.
public struct ExtendedError: Hashable, Sendable {
    public enum Origin: Hashable, Sendable {
        case local, icmp, icmpv6, timestamp, other(UInt8)

        init(_ value: UInt8) {
            self =
                switch value {
                case 1: .local
                case 2: .icmp
                case 3: .icmpv6
                case 4: .timestamp
                default: .other(value)
                }
        }
    }

    /// The errno.
    public var code: UInt32
    public var origin: Origin
    /// ICMP type and code, where the origin is ICMP.
    public var icmpType: UInt8
    public var icmpCode: UInt8
    /// For a stamp: which (0 software transmit); for fragmentation needed: the MTU.
    public var information: UInt32
    /// For a stamp: the packet's number since OPT_ID was set.
    public var data: UInt32
    /// Who sent the ICMP error.
    public var offender: SocketAddress?
}

extension ICMPErrorKind {
    /// What an ICMP error in the queue of a socket of this family says.
    public init(_ error: ExtendedError, family: IPFamily) {
        self.init(family: family, type: error.icmpType, code: error.icmpCode, mtu: error.information)
    }
}
