/// What a captured packet starts with: a number of the list "LINK-LAYER HEADER TYPES" of the Tcpdump Group
/// (LINKTYPE_ values, as capture files hold them).
public struct LinkType: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// BSD loopback: the address family in the byte order of the capturing host.
    public static let null = LinkType(rawValue: 0)
    public static let ethernet = LinkType(rawValue: 1)
    public static let ppp = LinkType(rawValue: 9)
    /// PPP in HDLC-like framing (RFC 1662), with or without address and control.
    public static let pppSerial = LinkType(rawValue: 50)
    public static let raw = LinkType(rawValue: 101)
    public static let ciscoHDLC = LinkType(rawValue: 104)
    public static let ieee80211 = LinkType(rawValue: 105)
    public static let frameRelay = LinkType(rawValue: 107)
    /// OpenBSD loopback: the address family in network byte order.
    public static let loop = LinkType(rawValue: 108)
    public static let linuxSLL = LinkType(rawValue: 113)
    public static let radiotap = LinkType(rawValue: 127)
    public static let ppi = LinkType(rawValue: 192)
    public static let ipv4 = LinkType(rawValue: 228)
    public static let ipv6 = LinkType(rawValue: 229)
    public static let nflog = LinkType(rawValue: 239)
    public static let linuxSLL2 = LinkType(rawValue: 276)

    /// The value of a running libpcap (DLT_ values), where the two lists differ on Linux: raw IP is 12 there.
    public init(dataLink value: Int32) {
        rawValue = value == 12 || value == 14 ? Self.raw.rawValue : UInt32(truncatingIfNeeded: value)
    }

    /// True where packets of this kind are followed to IP.
    public var isKnown: Bool {
        switch rawValue {
        case 0, 1, 9, 50, 101, 104, 105, 107, 108, 113, 127, 192, 228, 229, 239, 276: true
        default: false
        }
    }

    /// The name that capinfos and editcap use; `linktype 147` for one without.
    public var name: String {
        // A dictionary would be made for one look.
        switch rawValue {
        case 0: "null"
        case 1: "ether"
        case 9, 50: "ppp"
        case 101: "rawip"
        case 104: "chdlc"
        case 105: "ieee-802-11"
        case 107: "frelay"
        case 108: "loop"
        case 113: "linux-sll"
        case 119: "prism"
        case 127: "ieee-802-11-radiotap"
        case 189: "usb-linux"
        case 192: "ppi"
        case 195: "wpan"
        case 201: "bluetooth-h4-linux"
        case 220: "usb-linux-mmap"
        case 227: "socketcan"
        case 228: "rawip4"
        case 229: "rawip6"
        case 239: "nflog"
        case 249: "usbpcap"
        case 253: "netlink"
        case 276: "linux-sll2"
        default: "linktype \(rawValue)"
        }
    }
}
