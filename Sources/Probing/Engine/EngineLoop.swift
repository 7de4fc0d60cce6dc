internal import Model
internal import Sockets
internal import Wire

/// The engine's heart: one turn after the other on one thread, which alone touches it.
final class EngineLoop {
    enum Command: Sendable {
        case reconcile([ProbeTask])
        case probeNow(ProbeID, after: [Int64])
        case stop
    }

    /// What an epoll token names: kind in the upper bits, place in the lower.
    enum Token {
        static let wake: UInt64 = 0
        static let channel: UInt64 = 1 << 32
        static let flow: UInt64 = 2 << 32
        static let ear: UInt64 = 3 << 32
        static let kindMask: UInt64 = 0xFFFF_FFFF_0000_0000
    }

    let epoll: Epoll
    let capabilities: EngineCapabilities
    var streams: ContiguousArray<EngineStream> = []
    var places: [ProbeID: Int] = [:]
    var freePlaces: [Int] = []
    var channels: ChannelPool
    var due = DueQueue()
    var deadlines = DueQueue()
    var dirty: ContiguousArray<Int> = []
    var monitor: OverloadMonitor
    var events: ContiguousArray<PacketEvent> = []
    let receiveBatch = ReceiveBatch(capacity: 64, payloadSize: 1280, controlSize: 256)
    var batch = ProbeBatch()
    /// Clocks as read at the start of the turn.
    var clock = SystemClock.reading()
    let ports = PortChooser()
    var ears = HandshakeEars()
    var gate = GatewayGate()
    var routes = RouteGuard()
    let witness: (any ConnectionWitness)?
    private let deliver: @Sendable (ProbeBatch) -> Void
    private(set) var isStopped = false

    /// Probes sent in one turn beyond those whose time has come.
    static let groupSize = 32

    init(
        options: EngineOptions,
        capabilities: EngineCapabilities,
        witness: (any ConnectionWitness)?,
        wake: EventFD,
        deliver: @escaping @Sendable (ProbeBatch) -> Void
    ) throws(SystemError) {
        epoll = try Epoll(capacity: 256)
        try epoll.add(wake.number, .readable, token: Token.wake)
        self.capabilities = capabilities
        self.witness = witness
        self.deliver = deliver
        channels = ChannelPool(capabilities: capabilities, epoll: epoll)
        monitor = OverloadMonitor(limit: options.latenessLimit.nanoseconds)
    }

    var now: Int64 { clock.monotonic.nanoseconds }
    /// Wall clock minus monotonic clock.
    var offset: Int64 { clock.wall.nanoseconds &- clock.monotonic.nanoseconds }

    /// Waits for what comes next and does it.
    /// - Parameter commands: takes what other threads want.
    func turn(_ commands: () -> [Command]) throws(SystemError) {
        let wakeAt = nextWake
        var count = try epoll.wait(wakeAt.map { .nanoseconds($0 &- SystemClock.monotonic().nanoseconds) })
        clock = SystemClock.reading()
        if let wakeAt { monitor.observe(expected: wakeAt, now: now) }
        var isAsked = false
        while count > 0 {
            for index in 0..<count {
                let event = epoll.event(at: index)
                if event.token == Token.wake { isAsked = true } else { receive(event) }
            }
            // Everything that is ready is read before anything is judged.
            count = count < 256 ? 0 : try epoll.wait(.zero)
        }
        applyEvents()
        applyHeard()
        expire()
        if isAsked {
            for command in commands() { perform(command) }
        }
        send()
        // What was stopped in the middle of sending must be known before its answers are judged.
        observeWork()
        applyHeard()
        settle()
        report()
        observeWork()
    }

    /// Whether what has been done since the clocks were read took too long.
    private func observeWork() {
        monitor.observe(expected: now, now: SystemClock.monotonic().nanoseconds)
    }

    private var nextWake: Int64? {
        switch (due.first?.time, deadlines.first?.time) {
        case (let a?, let b?): min(a, b)
        case (let a, let b): a ?? b
        }
    }

    // MARK: Commands

    private func perform(_ command: Command) {
        switch command {
        case .reconcile(let tasks):
            reconcile(tasks)
        case .probeNow(let id, let delays):
            guard let place = places[id] else { return }
            streams[place].cadence.addExtra(after: delays, now: now)
            due.set(place, to: streams[place].cadence.next)
        case .stop:
            for place in streams.indices where streams[place].isActive { remove(place) }
            isStopped = true
        }
    }

    // MARK: Receiving

    private func receive(_ event: Epoll.Event) {
        let place = Int(event.token & ~Token.kindMask)
        switch event.token & Token.kindMask {
        case Token.channel:
            guard let channel = channels.channel(at: place) else { return }
            if event.ready.contains(.error) { channel.receiveErrors(receiveBatch, into: &events) }
            guard event.ready.contains(.readable) else { return }
            channel.receive(receiveBatch, into: &events) { [self] in destination(of: $0) }
        case Token.ear:
            ears[UInt64(place)]?.listen()
        default:
            receive(flow: place, event.ready)
        }
    }

    func destination(of owner: SequenceTable.Owner) -> IPAddress? {
        let place = Int(owner.stream)
        guard place < streams.count, streams[place].generation == owner.generation else { return nil }
        return streams[place].task.destination
    }

    func applyEvents() {
        for index in events.indices { apply(events[index]) }
        events.removeAll(keepingCapacity: true)
    }

    private func apply(_ event: PacketEvent) {
        let place = Int(event.owner.stream)
        guard place >= 0, place < streams.count, streams[place].isActive,
            streams[place].generation == event.owner.generation
        else { return }
        let sequence = event.owner.sequence
        markDirty(place)
        switch event.kind {
        case .transmitted:
            streams[place].ring.transmitted(sequence, stamp: event.stamp)
        case .failure(let reason):
            let detail = detail(of: event, place)
            // It may have come within the turn that sent the probe.
            let moment = SystemClock.monotonic().nanoseconds
            streams[place].ring.finish(sequence, .failed(reason), at: moment, detail: detail)
        case .answer:
            let monitor = monitor
            let verdict = streams[place].ring.answer(
                sequence,
                stamp: event.stamp,
                now: now,
                offset: offset,
                expectStamp: expectsStamps(place),
                residence: event.residence,
                detail: detail(of: event, place),
                isSpoiled: { monitor.spoils(deadline: $0) }
            )
            note(verdict, streams[place].task.id)
        }
    }

    private func note(_ verdict: ProbeRing.Verdict, _ probe: ProbeID) {
        switch verdict {
        case .accepted, .unknown: break
        case .overtaken: batch.anomalies.append(ProbeAnomaly(probe: probe, kind: .reordered))
        case .duplicate: batch.anomalies.append(ProbeAnomaly(probe: probe, kind: .duplicate))
        case .late: batch.anomalies.append(ProbeAnomaly(probe: probe, kind: .late))
        }
    }

    private func expectsStamps(_ place: Int) -> Bool {
        switch streams[place].transport {
        case .icmp(let channel): channels.channel(at: channel)?.expectsStamps ?? false
        case .datagram(let flow): flow.expectsStamps
        case .tcp, .none: false
        }
    }

    /// The rare facts of an answer; nil for the usual one.
    private func detail(of event: PacketEvent, _ place: Int) -> OutcomeDetail? {
        var arrival: Int32?
        let pin = streams[place].task.pin
        // The way out of a pin by source or mark is the kernel's affair: where its answers belong is judged elsewhere.
        if event.interface != 0, pin.bindsWay,
            pin.interface == nil || event.interface != streams[place].controlInterface
        {
            arrival = event.interface
        }
        guard event.responder != nil || event.answer != nil || arrival != nil else { return nil }
        return OutcomeDetail(responder: event.responder, arrivalInterface: arrival, answer: event.answer)
    }

    // MARK: Time-outs

    private func expire() {
        while let (time, place) = deadlines.first, time <= now {
            deadlines.remove(place)
            markDirty(place)
            let monitor = monitor
            let overflow = overflowTime(place)
            let isHeldUp = if case .tcp(let flow) = streams[place].transport { flow.takeHoldUp() } else { false }
            streams[place].ring.expire(at: now) { sentAt, deadline in
                if monitor.spoils(deadline: deadline) || sentAt <= overflow { return .overload }
                return isHeldUp ? .cancelled : nil
            }
        }
    }

    /// The last moment at which answers to this stream may have been dropped for want of room.
    private func overflowTime(_ place: Int) -> Int64 {
        switch streams[place].transport {
        case .icmp(let channel): channels.overflowTime(channel, now: now)
        case .datagram(let flow): flow.overflowTime(now: now)
        case .tcp(let flow): flow.overflowTime()
        case .none: .min
        }
    }

    // MARK: Handing over

    func markDirty(_ place: Int) {
        guard !streams[place].isDirty else { return }
        streams[place].isDirty = true
        dirty.append(place)
    }

    /// Takes what has settled, in order, and enters the next deadlines.
    private func settle() {
        for place in dirty {
            streams[place].isDirty = false
            guard streams[place].isActive else { continue }
            takeSettled(place)
            closeFinished(place)
            deadlines.set(place, to: streams[place].ring.nextDeadline)
        }
        dirty.removeAll(keepingCapacity: true)
    }

    func takeSettled(_ place: Int) {
        let id = streams[place].task.id
        while let outcome = streams[place].ring.takeSettled(id) { batch.outcomes.append(outcome) }
    }

    private func report() {
        if let gap = monitor.takeReport() {
            batch.gap = OverloadGap(
                from: MonotonicTime(nanoseconds: gap.start),
                until: MonotonicTime(nanoseconds: gap.end)
            )
        }
        guard !batch.isEmpty else { return }
        deliver(batch)
        batch.removeAll()
    }
}
