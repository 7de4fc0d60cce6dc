internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// What carries the probes of one trace and brings back what concerns them.
protocol TraceChannel: AnyObject {
    var access: TraceReport.Access { get }
    /// Descriptors that become readable when something came.
    var descriptors: [Int32] { get }
    /// - Returns: why the kernel refused; `.overload` when our own buffer is full; nil when it was sent.
    func send(_ probe: OutgoingProbe) -> Reason?
    /// Takes everything that waits.
    func drain(_ body: (Received) -> Void) throws(SystemError)
    /// The next probes may be larger than the path carries: they leave whole (DF) all the same.
    func prepareForLargePackets() throws(SystemError)
    /// The probes of the first flow can have any size.
    var isSizable: Bool { get }
    /// What the packets leave from; nil where the kernel chooses it for each.
    var source: IPAddress? { get }
    /// The packets have that source because their socket is bound to it.
    var isBound: Bool { get }
    /// Each probe has ports of its own, and may take another way than the one before.
    var isOfOwnPorts: Bool { get }
    /// Answers of which nobody can tell whose they are.
    var unreadable: Int { get }
    /// What came shows that the probes have to be others: those that are under way are forgotten, and the trace begins anew.
    func mustBeginAnew() -> Bool
    /// Nil where flows do not differ in it.
    func sourcePort(ofFlow flow: Int) -> UInt16?
    /// When `drain` has something to do although no descriptor became readable; nil: never.
    var wakeUp: MonotonicTime? { get }
    /// What the target announced when a connection to it was opened; nil for none.
    var maximumSegmentSize: UInt16? { get }
    /// What this way of tracing cannot see, for people.
    var blindness: [String] { get }
    /// Packets that the kernel dropped because this process read too slowly; answers may be among them.
    var drops: Int { get }
    /// The longest that the first probes of a further flow wait for its connection.
    var handshakeTime: Duration { get }
    /// Connections that were opened for the trace and are there still.
    var connections: Int { get }
    /// Ends one of them.
    /// - Parameter inOrder: by FIN, which costs the target two packets; else by RST.
    func closeConnection(inOrder: Bool)
    /// Between two rounds: connections that did not come about, or that the target has ended, are opened anew when their
    /// flows are asked next.
    /// - Returns: whether there are such.
    func renewConnections() -> Bool
}

/// One message that concerns a probe of ours, or does not.
enum Received {
    case answer(number: Int, TraceAnswer)
    /// The target's, which does not say to which probe of the flow.
    case nameless(flow: Int, TraceAnswer)
    case transmitted(number: Int, WallTime)
    /// A probe that had to wait was refused by the kernel after all.
    case failed(number: Int, Reason)
    case stray
}

extension TraceChannel {
    var blindness: [String] { [] }
    var maximumSegmentSize: UInt16? { nil }
    var wakeUp: MonotonicTime? { nil }
    var isSizable: Bool { true }
    var isBound: Bool { true }
    var isOfOwnPorts: Bool { false }
    func mustBeginAnew() -> Bool { false }
    var unreadable: Int { 0 }
    func sourcePort(ofFlow flow: Int) -> UInt16? { nil }
    var drops: Int { 0 }
    var handshakeTime: Duration { .zero }
    var connections: Int { 0 }
    func closeConnection(inOrder: Bool) {}
    func renewConnections() -> Bool { false }
}

/// What is the same for all channels.
enum ChannelSetup {
    /// Bytes of a receive buffer: answers to all flows may come at once.
    static let receiveBuffer: Int32 = 4 << 20

    static func interface(_ request: TraceRequest) throws(TraceError) -> Int32 {
        guard let name = request.interface else { return 0 }
        // A label of an address, `eth0:1`, is none, though the kernel finds the interface by it.
        guard !name.contains(":"), let index = Interface.index(of: name) else {
            throw .input("there is no interface \(name)")
        }
        return index
    }

    static func explain(_ error: SystemError, _ request: TraceRequest) -> TraceError {
        if error.code == EADDRNOTAVAIL, let source = request.source { return isForeign(source) }
        if error.isPermission, request.mark != nil {
            return .privilege("\(error): the mark needs capability CAP_NET_ADMIN")
        }
        return .local("\(error)")
    }

    static func isForeign(_ source: IPAddress) -> TraceError { .input("\(source) is no address of this host") }

    static func reason(_ code: Int32) -> Reason {
        switch code {
        case ENETUNREACH: .noRoute
        case EHOSTUNREACH: .unreachableHost
        case EPERM, EACCES: .permission
        case ENETDOWN, ENODEV, ENXIO: .interfaceDown
        case EMSGSIZE: .fragmentationNeeded
        case ENOBUFS, ENOMEM: .overload
        default: .internal
        }
    }

    /// Errors that a socket hands out for an earlier probe; their records are in the error queue too.
    static func isEarlier(_ code: Int32) -> Bool {
        [EHOSTUNREACH, ENETUNREACH, ECONNREFUSED, EHOSTDOWN, EPROTO, EACCES, ENOPROTOOPT, EMSGSIZE].contains(code)
    }

    /// Reads what waits. A pending error of the socket (left by an ICMP error) is taken and passed over: its record is in the queue.
    static func receive(_ batch: ReceiveBatch, from socket: Socket, errors: Bool) throws(SystemError) -> Int {
        for _ in 0..<8 {
            do throws(SystemError) {
                return try batch.receive(from: socket, errors: errors)
            } catch {
                guard isEarlier(error.code) else { throw error }
            }
        }
        return 0
    }

    /// Of a packet that was refused again and again by such errors. They are of other packets at first only: a packet that is
    /// itself too large for the interface is refused each time.
    static func lastReason(_ code: Int32) -> Reason { code == EMSGSIZE ? .fragmentationNeeded : .unreachableHost }

    /// Of a UDP probe: that nobody listens is the target's own word, or a firewall's in its name.
    static func kind(_ error: ICMPErrorKind, from sender: IPAddress, target: IPAddress) -> TraceAnswer.Kind {
        if error == .ttlExceeded { return .ttlExceeded }
        return error == .portUnreachable && sender == target ? .reply(.portUnreachable) : .unreachable(error)
    }

    /// The address that packets to the target leave from; asks a socket, sends nothing.
    ///
    /// With several next hops the kernel gives each socket the address of another one; the same in every run is what it
    /// says for the flow itself.
    static func source(
        to target: SocketAddress,
        interface: Int32,
        _ request: TraceRequest,
        by wire: TraceRequest.TraceProtocol? = nil
    ) throws(TraceError) -> IPAddress {
        let usual = try connectedSource(to: target, interface: interface, request)
        guard request.source == nil, let routes = try? RouteQuery() else { return usual }
        let wire = wire ?? request.protocol
        var question = request.question(to: target.address, source: nil, by: wire)
        if wire != .icmp, let port = question.flow?.destinationPort {
            question.flow?.sourcePort = FlowPorts.firstPort(to: target.address, port: port)
        }
        guard let number = try? routes.nextHops(question), number > 1,
            case .route(_, _, let chosen?)? = try? routes.observe(question).verdict
        else { return usual }
        return chosen
    }

    /// By flow: the sources that connections with these ports would get, where they are not those of the first flow. A kernel
    /// that prefers the next hop whose address a packet bears (Linux 6.15 and newer) sends all packets of one source one way.
    static func sources(
        _ ports: FlowPorts,
        flows: Int,
        _ request: TraceRequest,
        by wire: TraceRequest.TraceProtocol? = nil
    ) -> [Int: IPAddress] {
        guard request.source == nil, let routes = try? RouteQuery() else { return [:] }
        var question = request.question(to: ports.target, source: nil, by: wire ?? request.protocol)
        guard let number = try? routes.nextHops(question), number > 1 else { return [:] }
        var sources: [Int: IPAddress] = [:]
        for flow in 0..<flows {
            question.flow?.sourcePort = ports.port(of: flow)
            guard case .route(_, _, let chosen?)? = try? routes.observe(question).verdict, chosen != ports.local
            else { continue }
            sources[flow] = chosen
        }
        return sources
    }

    private static func connectedSource(
        to target: SocketAddress,
        interface: Int32,
        _ request: TraceRequest
    ) throws(TraceError) -> IPAddress {
        if let source = request.source {
            try proveOurs(source, scope: target.scope, request)
            return source
        }
        do throws(SystemError) {
            let socket = try Socket(target.family, .datagram)
            if let mark = request.mark { try socket.set(.mark, Int32(bitPattern: mark)) }
            if interface != 0 { try? socket.set(.boundInterface, interface) }
            var target = target
            if target.port == 0 { target.port = 9 }
            _ = try socket.connect(to: target)
            return try socket.localAddress().address
        } catch {
            if let name = request.interface, error.code == ENETUNREACH || error.code == EADDRNOTAVAIL {
                throw .local("\(name) has no address or no route to \(target.address)")
            }
            if error.code == ENETUNREACH || error.code == EADDRNOTAVAIL {
                throw .local("this host has no route to \(target.address)")
            }
            if error.code == EACCES, request.mark == nil {
                throw .input(
                    "this host may not send to \(target.address): it is the broadcast address of a network, or prohibited"
                )
            }
            throw explain(error, request)
        }
    }

    /// Packets can leave from this address.
    private static func proveOurs(_ source: IPAddress, scope: UInt32, _ request: TraceRequest) throws(TraceError) {
        do throws(SystemError) {
            try Socket(source.family, .datagram).bind(to: SocketAddress(source, scope: scope))
        } catch {
            throw explain(error, request)
        }
        if isBroadcast(source) { throw isForeign(source) }
    }

    /// A socket may be bound to the broadcast address of a network, from which no packet leaves. One that has not asked to send to
    /// such addresses is told by EACCES that it is one.
    private static func isBroadcast(_ source: IPAddress) -> Bool {
        guard source.isIPv4 else { return false }
        do throws(SystemError) {
            _ = try Socket(source.family, .datagram).connect(to: SocketAddress(source, port: 9))
            return false
        } catch {
            return error.code == EACCES
        }
    }
}

/// The kernel's numbers of transmit stamps and the probes that they belong to.
struct StampBook {
    private var owners: [UInt32: Int] = [:]
    private var next: UInt32 = 0

    /// Packets whose stamp is waited for; what is older never gets one.
    private static let limit: UInt32 = 4_096

    mutating func sent(_ number: Int) {
        owners[next] = number
        owners[next &- Self.limit] = nil
        next &+= 1
    }

    /// A packet was sent whose stamp is of no use.
    mutating func skip() {
        owners[next] = nil
        next &+= 1
    }

    mutating func owner(of stamp: UInt32) -> Int? { owners.removeValue(forKey: stamp) }

    /// After a refused packet the kernel's numbering is in doubt: it starts anew, and stamps still on their way are
    /// forgotten rather than mistaken.
    mutating func restart(_ socket: Socket) {
        owners.removeAll(keepingCapacity: true)
        next = 0
        try? socket.restartStampNumbers(.kernel)
    }
}
