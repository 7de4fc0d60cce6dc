public import Wire

/// How flows are put together for a report.
public enum FlowGrouping: String, CaseIterable, Sendable {
    /// Each flow alone.
    case flow
    /// All flows of an address, as if it were the server.
    case host
    /// All flows between two addresses.
    case path
}

/// One end of a flow; without a port where flows are put together or the protocol has none.
public struct FlowEnd: Sendable, Hashable, CustomStringConvertible {
    public let address: IPAddress
    public let port: UInt16?

    public init(address: IPAddress, port: UInt16?) {
        self.address = address
        self.port = port
    }

    /// `10.0.0.1:443`, `[2001:db8::1]:443`; without a port the address alone.
    public var description: String {
        guard let port else { return address.description }
        return address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

/// One line of a report: a flow, or several put together.
public struct FlowGroup: Sendable {
    /// `tcp`, `udp`, `icmp`, `esp` or the protocol's number; nil where several are put together.
    public internal(set) var protocolName: String?
    /// The end that opened or asked; nil for a host, whose peers are many.
    public internal(set) var client: FlowEnd?
    public internal(set) var server: FlowEnd
    /// Of ESP.
    public internal(set) var securityParameters: UInt32?
    public internal(set) var flows: UInt64 = 0
    /// TCP connections.
    public internal(set) var connections: UInt64 = 0
    public internal(set) var firstTime = Int64.max
    public internal(set) var lastTime = Int64.min
    /// What the client sent; its round trips lead to the server and back.
    public internal(set) var toServer = FlowDirection()
    public internal(set) var toClient = FlowDirection()

    public var packets: UInt64 { toServer.packets + toClient.packets }

    init(client: FlowEnd?, server: FlowEnd) {
        self.client = client
        self.server = server
    }

    mutating func merge(_ record: FlowRecord, client: FlowSide, server: FlowSide, _ parts: borrowing SideParts) {
        flows += 1
        connections += record.connections
        firstTime = min(firstTime, record.firstTime)
        lastTime = max(lastTime, record.lastTime)
        toServer.merge(client, parts)
        toClient.merge(server, parts)
    }

    /// - Parameter isReversed: its client is the server here.
    mutating func merge(_ other: FlowGroup, isReversed: Bool) {
        flows += other.flows
        connections += other.connections
        firstTime = min(firstTime, other.firstTime)
        lastTime = max(lastTime, other.lastTime)
        toServer.merge(isReversed ? other.toClient : other.toServer)
        toClient.merge(isReversed ? other.toServer : other.toClient)
    }
}
