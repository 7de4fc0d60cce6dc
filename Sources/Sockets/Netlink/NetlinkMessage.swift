public import Model
public import Wire

/// A message of the kernel, decoded as far as routes, interfaces, addresses and neighbours need it.
public enum NetlinkMessage: Equatable, Sendable {
    case route(RouteMessage)
    case link(LinkMessage)
    case address(AddressMessage)
    case neighbour(NeighbourMessage)
    /// A policy rule or next-hop object came or went; only the fact counts.
    case policy
    /// NLMSG_ERROR; 0 acknowledges.
    case error(code: Int32)
    /// The end of a dump.
    case done
    case other(type: UInt16)
}

/// A message with what its header says of the request that it answers.
public struct NetlinkEnvelope: Equatable, Sendable {
    public var sequence: UInt32
    /// The dump changed while it was read and must be asked again (NLM_F_DUMP_INTR).
    public var isInterrupted: Bool
    /// RTM_DEL…: the thing is gone.
    public var isRemoval: Bool
    public var message: NetlinkMessage

    public init(sequence: UInt32, isInterrupted: Bool, isRemoval: Bool, message: NetlinkMessage) {
        self.sequence = sequence
        self.isInterrupted = isInterrupted
        self.isRemoval = isRemoval
        self.message = message
    }
}

/// An answer to RTM_GETROUTE, or a change of the table.
public struct RouteMessage: Equatable, Sendable {
    public struct NextHop: Equatable, Sendable {
        public var interface: Int32
        public var gateway: IPAddress?
        /// Relative share, 1 to 256.
        public var weight: Int
    }

    /// `rtm_type`.
    public enum Kind: Equatable, Sendable {
        case unicast, local, broadcast, multicast, blackhole, unreachable, prohibit, `throw`
        case other(UInt8)
    }

    public var kind: Kind
    public var table: UInt32
    public var destination: IPAddress?
    public var destinationLength: Int
    public var interface: Int32?
    public var gateway: IPAddress?
    /// RTA_PREFSRC: the source that the host would use.
    public var source: IPAddress?
    /// MTU of the route in bytes; nil when the interface's counts.
    public var mtu: Int?
    /// More than one for a multipath route of a dump; empty for a resolved one.
    public var nextHops: [NextHop]
}

/// RTM_NEWLINK and RTM_DELLINK.
public struct LinkMessage: Equatable, Sendable {
    public var index: Int32
    public var name: String
    public var flags: UInt32
    /// Bytes, 0 when not said.
    public var mtu: Int
    /// A message about the port of a bridge (AF_BRIDGE): its removal is not the removal of the interface.
    public var isBridgePort: Bool

    public init(index: Int32, name: String, flags: UInt32, mtu: Int, isBridgePort: Bool) {
        self.index = index
        self.name = name
        self.flags = flags
        self.mtu = mtu
        self.isBridgePort = isBridgePort
    }

    public var isUp: Bool { flags & LinkFlag.up != 0 }
    public var hasCarrier: Bool { flags & LinkFlag.lowerUp != 0 }
    /// Neighbours are resolved here by ARP or neighbour discovery.
    public var resolvesNeighbours: Bool { flags & (LinkFlag.noARP | LinkFlag.loopback) == 0 }

    public var observation: InterfaceObservation {
        InterfaceObservation(name: name, exists: true, isUp: isUp, hasCarrier: hasCarrier)
    }
}

/// RTM_NEWADDR and RTM_DELADDR.
public struct AddressMessage: Equatable, Sendable {
    public var index: Int32
    public var address: IPAddress
    public var prefixLength: Int

    public init(index: Int32, address: IPAddress, prefixLength: Int) {
        self.index = index
        self.address = address
        self.prefixLength = prefixLength
    }
}

/// RTM_NEWNEIGH and RTM_DELNEIGH.
public struct NeighbourMessage: Equatable, Sendable {
    public var index: Int32
    /// Nil for entries without a network address, such as those of a bridge.
    public var address: IPAddress?
    public var state: NeighbourState

    public init(index: Int32, address: IPAddress?, state: NeighbourState) {
        self.index = index
        self.address = address
        self.state = state
    }
}
