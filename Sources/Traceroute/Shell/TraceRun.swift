internal import Model
internal import Sockets
internal import Wire

/// One trace: the state machine between clock and sockets.
final class TraceRun {
    private(set) var start: MonotonicTime
    private(set) var startedAt: WallTime
    let request: TraceRequest
    let prepared: PreparedTrace
    let channel: any TraceChannel
    let names: HopNames?
    let cancellation: TraceCancellation?
    let limits: SharedLimiter
    var state: MultipathState
    /// The search for the MTU was ended before its end, when the trace itself had reached its own.
    var isSearchCut = false
    /// The number after that of the last probe; those of an MTU search or of another round follow.
    var numbers = 0
    /// Number of the first probe of this round.
    private var base = 0
    /// By flow: where the target was last; a round in which it is silent does not forget it.
    private var hints: [Int: TraceState.Hint] = [:]
    /// Flows that the rounds follow; empty until paths were looked for and the target answered.
    private var followed: [Int] = []
    /// The round looks for parallel paths.
    private var isSearch = true
    /// Nil also where other traces run, whose answers may be among them.
    private let filteredBefore: UInt64?

    /// - Parameter limits: what other traces send too; nil: nobody else does.
    init(
        _ prepared: PreparedTrace,
        names: HopNames?,
        cancellation: TraceCancellation?,
        limits: SharedLimiter? = nil
    ) throws(TraceError) {
        self.prepared = prepared
        request = prepared.request
        self.names = names
        self.cancellation = cancellation
        filteredBefore = limits == nil ? ReversePathFilter.drops() : nil
        self.limits = limits ?? SharedLimiter(limit: prepared.request.plan.responderLimit)
        channel = try ChannelChoice.open(to: prepared.address, request: request, cancellation: cancellation)
        start = SystemClock.monotonic()
        startedAt = SystemClock.wall()
        var plan = request.plan
        plan.handshakeTime = channel.handshakeTime
        plan.sharesPorts = !channel.isOfOwnPorts
        state = MultipathState(plan, start: start)
    }

    /// Begins anew; answers to former probes are passed over.
    /// - Parameter isFresh: looks for parallel paths again; else what is known of the way is used, and the flows that were
    ///   found are followed.
    func restart(isFresh: Bool) {
        var isFresh = isFresh
        if isFresh { followed = [] }
        if !isFresh, followed.isEmpty, state.distance != nil {
            // Paths that were looked for while the target was silent are not known.
            if isSearch { followed = state.followed } else { isFresh = true }
        }
        hints = isFresh ? [:] : state.hints(after: hints)
        var names = isFresh ? [] : followed.isEmpty ? request.plan.flows.names : followed
        // A target that limits its errors answers what comes first, and no order of a rule gives each flow its share.
        if hints.values.contains(where: \.isByErrors) { names.shuffle() }
        isSearch = isFresh
        var plan = request.plan
        plan.handshakeTime = channel.handshakeTime
        plan.sharesPorts = !channel.isOfOwnPorts
        // Connections stay open between rounds.
        if !channel.renewConnections() { plan.flowCost = 0 }
        if !isFresh { plan.flows = .fixed(names.count) }
        base = numbers
        start = SystemClock.monotonic()
        startedAt = SystemClock.wall()
        state = MultipathState(plan, start: start, names: names, hints: hints)
    }

    /// Packets, of whomever, that this host has dropped by its reverse-path filter since the trace began.
    var filtered: Int {
        guard let filteredBefore, let now = ReversePathFilter.drops() else { return 0 }
        return Int(clamping: now &- filteredBefore)
    }

    func loop() throws(SystemError) {
        let epoll = try waiting()
        while true {
            if cancellation?.isCancelled == true { state.cancel() }
            let clocks = SystemClock.reading()
            let now = clocks.monotonic
            state.clockOffset = clocks.offset
            switch limits.use({ state.next(at: now, limiter: &$0) }) {
            case .finished:
                try drain()
                try awaitStamps(epoll)
                return
            case .send(let number, let flow, let ttl):
                numbers = base + number + 1
                if let reason = channel.send(OutgoingProbe(number: base + number, flow: flow, ttl: ttl)) {
                    state.didFail(number, reason == .overload ? nil : reason)
                }
                // The target's first answer ends the round that looks for it.
                if state.seeksTarget { try drain() }
                beginAnewWhereNeeded()
            case .wait(let until):
                let end = channel.wakeUp.map { min($0, until) } ?? until
                _ = try epoll.wait(end - now)
                try drain()
                beginAnewWhereNeeded()
            }
        }
    }

    private func beginAnewWhereNeeded() {
        if channel.mustBeginAnew() { restart(isFresh: true) }
    }

    /// Ends the connections that the trace has opened, as slowly as it opened them; cut short by one packet each.
    func close() {
        guard channel.connections > 0, let epoll = try? Epoll(capacity: 1), let pause = try? Epoll(capacity: 1) else {
            return
        }
        if let cancellation { try? epoll.add(cancellation.event.number, .readable, token: 0) }
        while channel.connections > 0 {
            let now = SystemClock.monotonic()
            let isCut = cancellation?.isCancelled == true
            let packets = isCut ? 1 : TracePlan.farewell
            if let until = limits.reserve(for: responder, packets: packets, at: now) {
                guard (try? (isCut ? pause : epoll).wait(until - now)) != nil else { return }
                continue
            }
            channel.closeConnection(inOrder: !isCut)
        }
    }

    /// Whom the packets reach that go as far as the target.
    var responder: IPAddress {
        let known = state.flows.first { $0.distance != nil }
        return known.flatMap { flow in flow.distance.flatMap { flow.likelyResponders[$0] } } ?? prepared.address
    }

    /// Everything that ends a wait.
    func waiting() throws(SystemError) -> Epoll {
        let epoll = try Epoll(capacity: 8)
        for descriptor in channel.descriptors { try epoll.add(descriptor, .readable, token: 0) }
        if let cancellation { try epoll.add(cancellation.event.number, .readable, token: 1) }
        return epoll
    }

    /// The kernel's stamp of a departure may come after the answer; it gets a little time.
    private func awaitStamps(_ epoll: Epoll) throws(SystemError) {
        let end = SystemClock.monotonic() + .milliseconds(5)
        while state.lacksTransmitStamp, cancellation?.isCancelled != true {
            let rest = end - SystemClock.monotonic()
            guard rest > .zero else { return }
            _ = try epoll.wait(rest)
            try drain()
        }
    }

    private func drain() throws(SystemError) {
        try channel.drain { received in
            switch received {
            case .stray: state.receiveStray()
            case .failed(let number, let reason):
                state.didFail(number - base, reason == .overload ? nil : reason)
            case .transmitted(let number, let stamp): state.didTransmit(number - base, at: stamp)
            case .nameless(let flow, var answer):
                answer.clockOffset = SystemClock.reading().offset
                state.receiveNameless(answer, flow: flow)
                names?.ask(answer.responder, at: answer.receivedAt)
            case .answer(let number, var answer):
                answer.clockOffset = SystemClock.reading().offset
                // Of a neighbour that is gone this host itself sends the errors.
                if case .unreachable = answer.kind, answer.responder == channel.source, state.distance != nil {
                    state.didFail(number - base, .unreachableHost)
                    return
                }
                // No probe of this trace has had that number; those before `base` are of a former round.
                if number < 0 { state.receiveStray() }
                if number >= base, limits.use({ state.receive(answer, for: number - base, limiter: &$0) }) {
                    names?.ask(answer.responder, at: answer.receivedAt)
                }
            }
        }
    }
}

/// Which channel a request gets: raw sockets where the privilege is there, else what needs none.
enum ChannelChoice {
    static func open(
        to address: IPAddress,
        request: TraceRequest,
        cancellation: TraceCancellation?
    ) throws(TraceError) -> any TraceChannel {
        switch request.protocol {
        case .icmp:
            do throws(TraceError) {
                return try EchoChannel(to: address, request: request)
            } catch {
                guard case .privilege = error, request.mark == nil, request.mayReplaceICMP else { throw error }
                // Neither raw nor ping socket: UDP shows the same routers.
                return try DatagramChannel(to: address, request: request)
            }
        case .udp, .tcp:
            guard Privileges.has(.netRaw) else {
                guard !request.isInSession else {
                    throw .privilege("--in-session needs a raw socket: grant capability CAP_NET_RAW")
                }
                return request.protocol == .udp
                    ? try DatagramChannel(to: address, request: request)
                    : try ConnectChannel(to: address, request: request)
            }
            return try RawChannel(to: address, request: request, cancellation: cancellation)
        }
    }
}
