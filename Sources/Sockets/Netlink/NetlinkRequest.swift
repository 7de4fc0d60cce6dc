public import Wire

/// How a packet is meant to leave: what RTM_GETROUTE is asked.
public struct RouteQuestion: Hashable, Sendable {
    /// Protocol and ports, for routes that hash flows or rules that match ports.
    public struct Flow: Hashable, Sendable {
        /// IPPROTO_*: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6.
        public var ipProtocol: UInt8
        public var sourcePort: UInt16
        public var destinationPort: UInt16

        public init(ipProtocol: UInt8, sourcePort: UInt16 = 0, destinationPort: UInt16 = 0) {
            self.ipProtocol = ipProtocol
            self.sourcePort = sourcePort
            self.destinationPort = destinationPort
        }
    }

    public var destination: IPAddress
    /// Nil: the kernel chooses it, for a TCP connection over IPv4 as connect() does.
    public var source: IPAddress?
    public var interface: String?
    public var mark: UInt32?
    public var flow: Flow?

    public init(
        destination: IPAddress,
        source: IPAddress? = nil,
        interface: String? = nil,
        mark: UInt32? = nil,
        flow: Flow? = nil
    ) {
        self.destination = destination
        self.source = source
        self.interface = interface
        self.mark = mark
        self.flow = flow
    }
}

extension RouteQuestion {
    /// What connect() asks once the first answer has given the socket its source; nil where one look-up is all.
    ///
    /// Over IPv4 a connection is looked up again with that source (the kernel's `ip_route_connect`), by which equal next hops
    /// are chosen and rules may match: the second answer is the way it takes. Over IPv6 the first one stands, and so it does
    /// for what is sent without a connection.
    public func repeated(from chosen: IPAddress?) -> RouteQuestion? {
        guard source == nil, let chosen, destination.isIPv4, flow?.ipProtocol == 6 else { return nil }
        var question = self
        question.source = chosen
        return question
    }
}

/// A request to rtnetlink, ready to send but for its sequence number.
public struct NetlinkRequest: Equatable, Sendable {
    public private(set) var bytes: [UInt8]
    public let isDump: Bool

    /// How a packet would leave; `interface` is the index of the question's interface, 0 for none.
    ///
    /// - Parameter inTable: an entry of the routing table must say so (RTM_F_FIB_MATCH). Without it the kernel takes
    ///   every IPv4 destination to be on the link of an interface that is named.
    public static func route(_ question: RouteQuestion, interface: Int32, inTable: Bool = false) -> Self {
        let width = UInt8(question.destination.bitWidth)
        // struct rtmsg: family, lengths, tos, table, protocol, scope, type, flags.
        let sourceLength = question.source == nil ? 0 : width
        var fixed: [UInt8] = [question.destination.netlinkFamily, width, sourceLength, 0, 0, 0, 0, 0]
        fixed.append(contentsOf: UInt32(inTable ? 0x2000 : 0).hostBytes)
        var request = Self(type: NetlinkType.getRoute, isDump: false, fixed: fixed)
        request.append(RouteAttribute.destination, question.destination.networkBytes)
        if let source = question.source { request.append(RouteAttribute.source, source.networkBytes) }
        if interface != 0 { request.append(RouteAttribute.outputInterface, interface.hostBytes) }
        if let mark = question.mark { request.append(RouteAttribute.mark, mark.hostBytes) }
        if let flow = question.flow {
            request.append(RouteAttribute.ipProtocol, [flow.ipProtocol])
            // Zero is no port, and the kernel refuses it.
            if flow.sourcePort != 0 { request.append(RouteAttribute.sourcePort, flow.sourcePort.networkBytes) }
            if flow.destinationPort != 0 {
                request.append(RouteAttribute.destinationPort, flow.destinationPort.networkBytes)
            }
        }
        return request
    }

    /// One interface by its index.
    public static func link(index: Int32) -> Self {
        Self(type: NetlinkType.getLink, isDump: false, fixed: linkHeader(index: index))
    }

    /// One interface by its name.
    public static func link(name: String) -> Self {
        var request = Self(type: NetlinkType.getLink, isDump: false, fixed: linkHeader(index: 0))
        request.append(LinkAttribute.name, Array(name.utf8) + [0])
        return request
    }

    /// Every interface.
    public static let allLinks = Self(type: NetlinkType.getLink, isDump: true, fixed: linkHeader(index: 0))

    /// Every address of every interface, both families.
    public static let allAddresses = Self(
        type: NetlinkType.getAddress,
        isDump: true,
        fixed: [UInt8](repeating: 0, count: 8)
    )

    /// The entry of one neighbour.
    public static func neighbour(_ address: IPAddress, interface: Int32) -> Self {
        let fixed = [address.netlinkFamily, 0, 0, 0] + interface.hostBytes + [0, 0, 0, 0]
        var request = Self(type: NetlinkType.getNeighbour, isDump: false, fixed: fixed)
        request.append(NeighbourAttribute.destination, address.networkBytes)
        return request
    }

    /// The bytes to send, numbered so that the answer can be told from others.
    public func numbered(_ sequence: UInt32) -> [UInt8] {
        var copy = bytes
        copy.replaceSubrange(8..<12, with: sequence.hostBytes)
        return copy
    }

    private init(type: UInt16, isDump: Bool, fixed: [UInt8]) {
        self.isDump = isDump
        let flags = NetlinkFlag.request | (isDump ? NetlinkFlag.dump : 0)
        bytes = UInt32(0).hostBytes + type.hostBytes + flags.hostBytes + [UInt8](repeating: 0, count: 8) + fixed
        setLength()
    }

    private mutating func append(_ type: UInt16, _ payload: [UInt8]) {
        bytes += UInt16(4 + payload.count).hostBytes + type.hostBytes + payload
        bytes += [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
        setLength()
    }

    private mutating func setLength() {
        bytes.replaceSubrange(0..<4, with: UInt32(bytes.count).hostBytes)
    }

    private static func linkHeader(index: Int32) -> [UInt8] {
        [0, 0, 0, 0] + index.hostBytes + [UInt8](repeating: 0, count: 8)
    }
}

extension FixedWidthInteger {
    /// In the order of this machine, as netlink writes its own fields.
    fileprivate var hostBytes: [UInt8] {
        #if _endian(little)
        networkOrder(reversed: true)
        #else
        networkOrder(reversed: false)
        #endif
    }

    fileprivate var networkBytes: [UInt8] { networkOrder(reversed: false) }

    private func networkOrder(reversed: Bool) -> [UInt8] {
        let size = Self.bitWidth / 8
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: self >> ((size - 1 - $0) * 8)) }
        return reversed ? bytes.reversed() : bytes
    }
}

extension IPAddress {
    var netlinkFamily: UInt8 { isIPv4 ? NetlinkFamily.ipv4 : NetlinkFamily.ipv6 }

    fileprivate var networkBytes: [UInt8] {
        switch self {
        case .v4(let address): address.rawValue.networkBytes
        case .v6(let address): address.high.networkBytes + address.low.networkBytes
        }
    }
}
