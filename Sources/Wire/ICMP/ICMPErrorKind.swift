/// What an ICMP error says, the same for both versions (RFC 792, RFC 1122 §3.2.2, RFC 1812 §5.2.7, RFC 4443 §3).
public enum ICMPErrorKind: Hashable, Sendable {
    case netUnreachable
    case hostUnreachable
    case protocolUnreachable
    case portUnreachable
    case adminProhibited
    /// MTU of the next hop in bytes; 0 where a router of before RFC 1191 says none.
    case fragmentationNeeded(mtu: UInt32)
    case sourceRouteFailed
    /// The TTL or hop limit ran out on the way.
    case ttlExceeded
    case reassemblyTimeExceeded
    /// Octet (IPv4) or offset (IPv6) of what the router did not understand.
    case parameterProblem(pointer: UInt32)
    case other(type: UInt8, code: UInt8)

    /// `rest` is the second 32-bit word of the message; of an extended error from a socket's error queue, `ee_info`.
    public init(family: IPFamily, type: UInt8, code: UInt8, rest: UInt32) {
        self =
            switch family {
            case .v4: Self.v4(type: type, code: code, rest: rest)
            case .v6: Self.v6(type: type, code: code, rest: rest)
            }
    }

    /// The error queue of a socket gives the MTU alone (`ee_info`), in both families.
    public init(family: IPFamily, type: UInt8, code: UInt8, mtu: UInt32) {
        let isPointer = family == .v4 && type == ICMPType.v4ParameterProblem
        self.init(family: family, type: type, code: code, rest: isPointer ? mtu << 24 : mtu)
    }

    private static func v4(type: UInt8, code: UInt8, rest: UInt32) -> Self {
        switch (type, code) {
        case (ICMPType.v4Unreachable, 0), (ICMPType.v4Unreachable, 6), (ICMPType.v4Unreachable, 11): .netUnreachable
        case (ICMPType.v4Unreachable, 1), (ICMPType.v4Unreachable, 7), (ICMPType.v4Unreachable, 8),
            (ICMPType.v4Unreachable, 12):
            .hostUnreachable
        case (ICMPType.v4Unreachable, 2): .protocolUnreachable
        case (ICMPType.v4Unreachable, 3): .portUnreachable
        case (ICMPType.v4Unreachable, 4): .fragmentationNeeded(mtu: rest & 0xFFFF)
        case (ICMPType.v4Unreachable, 5): .sourceRouteFailed
        case (ICMPType.v4Unreachable, 9), (ICMPType.v4Unreachable, 10), (ICMPType.v4Unreachable, 13...15):
            .adminProhibited
        case (ICMPType.v4TimeExceeded, 0): .ttlExceeded
        case (ICMPType.v4TimeExceeded, 1): .reassemblyTimeExceeded
        case (ICMPType.v4ParameterProblem, _): .parameterProblem(pointer: rest >> 24)
        default: .other(type: type, code: code)
        }
    }

    private static func v6(type: UInt8, code: UInt8, rest: UInt32) -> Self {
        switch (type, code) {
        case (ICMPType.v6Unreachable, 0), (ICMPType.v6Unreachable, 2): .netUnreachable
        case (ICMPType.v6Unreachable, 1), (ICMPType.v6Unreachable, 5), (ICMPType.v6Unreachable, 6): .adminProhibited
        case (ICMPType.v6Unreachable, 3): .hostUnreachable
        case (ICMPType.v6Unreachable, 4): .portUnreachable
        case (ICMPType.v6Unreachable, 7): .sourceRouteFailed
        case (ICMPType.v6PacketTooBig, _): .fragmentationNeeded(mtu: rest)
        case (ICMPType.v6TimeExceeded, 0): .ttlExceeded
        case (ICMPType.v6TimeExceeded, 1): .reassemblyTimeExceeded
        case (ICMPType.v6ParameterProblem, 1): .protocolUnreachable
        case (ICMPType.v6ParameterProblem, _): .parameterProblem(pointer: rest)
        default: .other(type: type, code: code)
        }
    }
}

/// Numbers of the messages that we read or write (IANA "ICMP Parameters", "ICMPv6 Parameters").
enum ICMPType {
    static let v4EchoReply: UInt8 = 0
    static let v4Unreachable: UInt8 = 3
    static let v4SourceQuench: UInt8 = 4
    static let v4Redirect: UInt8 = 5
    static let v4EchoRequest: UInt8 = 8
    static let v4TimeExceeded: UInt8 = 11
    static let v4ParameterProblem: UInt8 = 12
    static let v6Unreachable: UInt8 = 1
    static let v6PacketTooBig: UInt8 = 2
    static let v6TimeExceeded: UInt8 = 3
    static let v6ParameterProblem: UInt8 = 4
    static let v6EchoRequest: UInt8 = 128
    static let v6EchoReply: UInt8 = 129

    /// Messages that quote the datagram they complain of.
    static func isError(_ type: UInt8, family: IPFamily) -> Bool {
        switch family {
        case .v4:
            switch type {
            case v4Unreachable, v4SourceQuench, v4Redirect, v4TimeExceeded, v4ParameterProblem: true
            default: false
            }
        case .v6: type < 128
        }
    }
}
