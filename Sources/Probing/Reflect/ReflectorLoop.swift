internal import Model
internal import Sockets
internal import Synchronization
internal import Wire

/// A bound socket of a reflector.
struct ReflectorEar: Sendable {
    enum Service: Sendable { case stamp, echo }

    let socket: Socket
    let address: SocketAddress
    let service: Service

    /// SOF_TIMESTAMPING_RX_SOFTWARE and SOF_TIMESTAMPING_SOFTWARE (linux/net_tstamp.h).
    private static let receiveStamps: Int32 = 1 << 3 | 1 << 4
    private static let receiveBuffer: Int32 = 1 << 20

    init(_ address: SocketAddress, _ service: Service) throws(SystemError) {
        socket = try Socket(address.family, .datagram)
        if address.family == .v6 { try socket.set(.v6Only, 1) }
        try socket.set(.receiveInterface(address.family), 1)
        try socket.set(.receiveHopLimit(address.family), 1)
        // Without kernel stamps T2 is when the thread woke up.
        try? socket.set(.timestamping, Self.receiveStamps)
        socket.enlargeReceiveBuffer(to: Self.receiveBuffer)
        try socket.bind(to: address)
        self.address = try socket.localAddress()
        self.service = service
    }
}

/// The thread of a reflector.
final class ReflectorLoop: Sendable {
    private let ears: [ReflectorEar]
    private let rules: ReflectorRules
    private let isStateless: Bool
    private let packetsPerSecond: Int
    private let wake: EventFD
    // Locked by the thread from its start to its end; the lock only proves that nobody else uses it.
    private let epoll: Mutex<Epoll>
    private let isStopped = Atomic(false)
    private let shared = Mutex(ReflectorCounters())

    init(_ ears: [ReflectorEar], isStateless: Bool, packetsPerSecond: Int) throws(SystemError) {
        self.ears = ears
        self.isStateless = isStateless
        self.packetsPerSecond = packetsPerSecond
        rules = ReflectorRules(ownPorts: Set(ears.map(\.address.port)))
        wake = try EventFD()
        let epoll = try Epoll(capacity: ears.count + 1)
        try epoll.add(wake.number, .readable, token: UInt64(ears.count))
        for (index, ear) in ears.enumerated() { try epoll.add(ear.socket.number, .readable, token: UInt64(index)) }
        self.epoll = Mutex(epoll)
    }

    var counters: ReflectorCounters { shared.withLock { $0 } }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
    }

    func run() {
        epoll.withLock { epoll in
            var turn = ReflectorTurn(rules: rules, isStateless: isStateless, packetsPerSecond: packetsPerSecond)
            while !isStopped.load(ordering: .acquiring) {
                guard let count = try? epoll.wait(nil) else { return }
                for index in 0..<count {
                    let token = Int(epoll.event(at: index).token)
                    if token < ears.count { turn.serve(ears[token]) }
                }
                shared.withLock { $0 = turn.counters }
            }
        }
    }
}

/// The memory and the state of the loop; nothing is allocated per packet of a known session.
private struct ReflectorTurn {
    private static let batch = 32
    /// Jumbo frames; what is longer comes back cut to this.
    private static let payloadSize = 9216
    /// Addresses of this host from which answers went; more are looked up anew.
    private static let controlLimit = 256
    private static let errorPeriod: Duration = .seconds(16)

    let rules: ReflectorRules
    private(set) var counters = ReflectorCounters()
    private var bound: RateBound
    private let received = ReceiveBatch(capacity: batch, payloadSize: payloadSize)
    private let answers = SendBatch(capacity: batch, payloadSize: payloadSize)
    private var controls: [IPAddress: SendControl] = [:]
    private var errorEstimate = ClockQuality.read()
    private var errorDue: MonotonicTime
    /// Nil for a stateless reflector.
    private var sessions: SessionTable?

    init(rules: ReflectorRules, isStateless: Bool, packetsPerSecond: Int) {
        self.rules = rules
        sessions = isStateless ? nil : SessionTable()
        let now = SystemClock.monotonic()
        bound = RateBound(perSecond: packetsPerSecond, at: now)
        errorDue = now + Self.errorPeriod
    }

    mutating func serve(_ ear: ReflectorEar) {
        guard let count = try? received.receive(from: ear.socket), count > 0 else {
            // A pending error of the socket (an answer met a closed port) is taken, lest it wake us again.
            _ = ear.socket.takeError()
            return
        }
        let now = SystemClock.monotonic()
        if now >= errorDue {
            errorEstimate = ClockQuality.read()
            errorDue = now + Self.errorPeriod
        }
        answers.clear()
        for index in 0..<count { answer(index, of: ear, at: now) }
        send(on: ear.socket)
    }

    private mutating func answer(_ index: Int, of ear: ReflectorEar, at now: MonotonicTime) {
        counters.received += 1
        let facts = received.control(index)
        guard let source = received.source(index), rules.permits(source: source, destination: facts.destination) else {
            counters.refused += 1
            return
        }
        guard bound.take(at: now) else {
            counters.rateLimited += 1
            return
        }
        let request = received.payload(index)
        let before = answers.count
        switch ear.service {
        case .echo:
            guard request.count > 0 else { break }
            answers.append(to: source, control: control(for: facts)) { buffer in
                buffer.copyMemory(from: request)
                return request.count
            }
            counters.echoed += 1
        case .stamp:
            guard request.count >= STAMPResponder.shortest, request[13] != 0 else { break }
            let estimate = errorEstimate
            let session = STAMPSession(
                sender: source,
                reflector: facts.destination,
                port: ear.address.port,
                sessionID: STAMPResponder.sessionID(of: request.bytes)
            )
            let sequence = sessions?.next(session, now: now.nanoseconds)
            answers.append(to: source, control: control(for: facts)) { buffer in
                let sent = SystemClock.wall().nanoseconds
                let came = facts.softwareStamp == 0 ? sent : facts.softwareStamp
                let length = STAMPResponder.write(
                    answerTo: request.bytes,
                    sequence: sequence,
                    ttl: facts.hopLimit,
                    received: NTPTimestamp(nanosecondsSince1970: came),
                    sent: NTPTimestamp(nanosecondsSince1970: sent),
                    errorEstimate: estimate,
                    into: buffer
                )
                return length ?? 0
            }
            counters.reflected += 1
        }
        if answers.count == before { counters.refused += 1 }
    }

    /// Answers leave from the address that was asked.
    private mutating func control(for facts: ReceivedControl) -> SendControl {
        guard let own = facts.destination else { return SendControl() }
        if let known = controls[own] { return known }
        var control = SendControl()
        // A link-local address means nothing without its interface.
        let interface = own.isLinkLocal ? facts.interface : 0
        control.addInterface(interface, source: own, family: own.family)
        if controls.count >= Self.controlLimit { controls = [:] }
        if !own.isLinkLocal { controls[own] = control }
        return control
    }

    private mutating func send(on socket: Socket) {
        var first = 0
        while first < answers.count {
            do throws(SystemError) {
                let sent = try answers.send(on: socket, from: first)
                guard sent > 0 else {
                    counters.unsent += UInt64(answers.count - first)
                    return
                }
                first += sent
            } catch {
                // The first one was refused (a broadcast address, an earlier ICMP error); those behind it may pass.
                counters.unsent += 1
                first += 1
            }
        }
    }
}

extension IPAddress {
    /// fe80::/10.
    fileprivate var isLinkLocal: Bool {
        if case .v6(let value) = self { value.high >> 54 == 0x3FA } else { false }
    }
}
