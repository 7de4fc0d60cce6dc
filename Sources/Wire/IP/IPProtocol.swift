/// Number of the protocol after an IP header (IANA "Assigned Internet Protocol Numbers").
public struct IPProtocol: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let icmp = IPProtocol(rawValue: 1)
    public static let tcp = IPProtocol(rawValue: 6)
    public static let udp = IPProtocol(rawValue: 17)
    public static let gre = IPProtocol(rawValue: 47)
    public static let esp = IPProtocol(rawValue: 50)
    public static let icmpv6 = IPProtocol(rawValue: 58)

    static let hopByHop: UInt8 = 0
    static let routing: UInt8 = 43
    static let fragment: UInt8 = 44
    static let authentication: UInt8 = 51
    static let destinationOptions: UInt8 = 60
    static let mobility: UInt8 = 135
    static let hostIdentity: UInt8 = 139
    static let shim6: UInt8 = 140
}

/// The two families of addresses.
public enum IPFamily: String, CaseIterable, Sendable {
    case v4 = "4"
    case v6 = "6"
}

extension IPAddress {
    public var family: IPFamily { isIPv4 ? .v4 : .v6 }
}
