internal import Model
internal import Sockets
internal import Synchronization
internal import Wire

/// A socket of the embedded network.
struct DemoEar: Sendable {
    let endpoint: DemoEndpoint
    let socket: Socket
    let port: UInt16

    init(_ endpoint: DemoEndpoint) throws(SystemError) {
        self.endpoint = endpoint
        socket = try Socket(.v4, .datagram)
        try socket.set(.receiveHopLimit(.v4), 1)
        socket.enlargeReceiveBuffer(to: 1 << 20)
        try socket.bind(to: SocketAddress(endpoint.address))
        port = try socket.localAddress().port
    }
}

/// The thread of the embedded network: answers wait in it for as long as their path is.
final class DemoLoop: Sendable {
    private let ears: [DemoEar]
    private let seed: UInt64
    private let state: DemoState
    private let wake: EventFD
    // Locked by the thread from its start to its end; the lock only proves that nobody else uses it.
    private let epoll: Mutex<Epoll>
    private let isStopped = Atomic(false)

    init(_ ears: [DemoEar], seed: UInt64, state: DemoState) throws(SystemError) {
        self.ears = ears
        self.seed = seed
        self.state = state
        wake = try EventFD()
        let epoll = try Epoll(capacity: ears.count + 1)
        try epoll.add(wake.number, .readable, token: UInt64(ears.count))
        for (index, ear) in ears.enumerated() { try epoll.add(ear.socket.number, .readable, token: UInt64(index)) }
        self.epoll = Mutex(epoll)
    }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
    }

    func run(_ onEvent: (DemoEvent) -> Void) {
        epoll.withLock { epoll in
            let timeline = DemoTimeline()
            var responder = DemoResponder(seed: seed, ports: Set(ears.map(\.port)))
            var next = timeline.nextChange(after: state.elapsed(at: SystemClock.monotonic()))
            while !isStopped.load(ordering: .acquiring) {
                let now = SystemClock.monotonic()
                let elapsed = state.elapsed(at: now)
                if elapsed >= next.at {
                    onEvent(DemoEvent(change: next.change, elapsed: next.at, at: now - (elapsed - next.at)))
                    next = timeline.nextChange(after: next.at)
                    continue
                }
                responder.sendDue(at: elapsed, on: ears)
                let due = min(next.at, responder.nextDue ?? next.at)
                let wait = due - state.elapsed(at: SystemClock.monotonic())
                guard let count = try? epoll.wait(max(wait, .zero)) else { return }
                for index in 0..<count {
                    let token = Int(epoll.event(at: index).token)
                    if token < ears.count { responder.serve(token, ears[token], state) }
                }
            }
        }
    }
}

/// Receives questions, makes answers and keeps them until they are due.
struct DemoResponder {
    private struct Pending {
        var due: Duration
        var ear: Int
        var path: DemoPath
        var destination: SocketAddress
        var bytes: [UInt8]
    }

    /// Answers under way; a flood beyond it is lost, as in a full queue of a router.
    private static let limit = 4096
    /// How long a far end takes between receiving and sending.
    private static let turnaround: Duration = .microseconds(15)

    private let rules: ReflectorRules
    private let timeline = DemoTimeline()
    private var delays: DemoDelays
    private var sessions = SessionTable()
    private let received = ReceiveBatch(capacity: 32, payloadSize: 2048)
    /// By time, the next one last.
    private var pending: [Pending] = []

    init(seed: UInt64, ports: Set<UInt16>) {
        rules = ReflectorRules(ownPorts: ports)
        delays = DemoDelays(seed: seed)
    }

    var nextDue: Duration? { pending.last?.due }

    mutating func serve(_ index: Int, _ ear: DemoEar, _ state: DemoState) {
        guard let count = try? received.receive(from: ear.socket), count > 0 else {
            _ = ear.socket.takeError()
            return
        }
        let elapsed = state.elapsed(at: SystemClock.monotonic())
        for message in 0..<count {
            let facts = received.control(message)
            guard let source = received.source(message), rules.permits(source: source, destination: nil) else {
                continue
            }
            let path = state.path(to: ear.endpoint, from: source, at: elapsed)
            guard timeline.carries(path, at: elapsed), pending.count < Self.limit else { continue }
            let roundTrip = delays.roundTrip(over: path, toEdge: ear.endpoint.isEdge)
            let request = received.payload(message).bytes
            let session = STAMPSession(
                sender: source,
                reflector: nil,
                port: ear.port,
                sessionID: STAMPResponder.sessionID(of: request)
            )
            guard let bytes = answer(ear.endpoint, to: request, of: session, ttl: facts.hopLimit, roundTrip) else {
                continue
            }
            insert(Pending(due: elapsed + roundTrip, ear: index, path: path, destination: source, bytes: bytes))
        }
    }

    /// Sends what is due; what was under way when its path was cut is lost with it.
    mutating func sendDue(at elapsed: Duration, on ears: [DemoEar]) {
        while let next = pending.last, next.due <= elapsed {
            pending.removeLast()
            guard timeline.carries(next.path, at: elapsed) else { continue }
            _ = try? ears[next.ear].socket.send(next.bytes, to: next.destination)
        }
    }

    private mutating func insert(_ answer: Pending) {
        var low = 0
        var high = pending.count
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].due > answer.due { low = middle + 1 } else { high = middle }
        }
        pending.insert(answer, at: low)
    }

    private mutating func answer(
        _ endpoint: DemoEndpoint,
        to request: RawSpan,
        of session: STAMPSession,
        ttl: UInt8?,
        _ roundTrip: Duration
    ) -> [UInt8]? {
        guard endpoint.scheme != .ike else { return ikeAnswer(to: request) }
        let sequence = sessions.next(session, now: SystemClock.monotonic().nanoseconds)
        return stampAnswer(to: request, sequence: sequence, ttl: ttl, roundTrip)
    }

    /// The far end's stamps lie half of the way after the arrival here.
    private func stampAnswer(to request: RawSpan, sequence: UInt32, ttl: UInt8?, _ roundTrip: Duration) -> [UInt8]? {
        let middle = SystemClock.wall() + roundTrip / 2
        var answer = [UInt8](repeating: 0, count: max(STAMPReflection.length, request.byteCount))
        let length = answer.withUnsafeMutableBytes { buffer in
            STAMPResponder.write(
                answerTo: request,
                sequence: sequence,
                ttl: ttl,
                received: NTPTimestamp(nanosecondsSince1970: middle.nanoseconds),
                sent: NTPTimestamp(nanosecondsSince1970: (middle + Self.turnaround).nanoseconds),
                errorEstimate: STAMPErrorEstimate(isSynchronized: true, nanoseconds: 1_000),
                into: buffer
            )
        }
        return length.map { Array(answer[..<$0]) }
    }

    /// A gateway that knows none of our proposals, and under load asks for a cookie first (RFC 7296 §2.6).
    private mutating func ikeAnswer(to datagram: RawSpan) -> [UInt8]? {
        let offset = NonESPMarker.messageOffset(in: datagram) ?? 0
        guard let request = try? IKERequest(decoding: datagram.extracting(offset..<datagram.byteCount)) else {
            return nil
        }
        let asksCookie = request.cookie == nil && delays.next() % 4 == 0
        let cookie = [delays.next(), delays.next()].flatMap { value in
            (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        var answer = [UInt8](repeating: 0, count: 128)
        let length = answer.withUnsafeMutableBytes { buffer in
            try? IKEResponse.writeRefusal(
                asksCookie ? .cookie : .noProposalChosen,
                to: request.header,
                data: asksCookie ? cookie.span.bytes : RawSpan(),
                nonESPMarker: offset > 0,
                into: buffer
            )
        }
        return length.map { Array(answer[..<$0]) }
    }
}
