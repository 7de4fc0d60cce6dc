internal import Glibc
internal import Model
internal import Sockets
internal import Wire

extension EngineLoop {
    /// Starts what is due, and with it what is due soon: a group costs little more than one.
    func send() {
        guard let first = due.first, first.time <= now else { return }
        let begun = now
        clock = SystemClock.reading()
        monitor.observe(expected: begun, now: now)
        var early = 0
        while let (time, place) = due.first, time <= now &+ streams[place].ahead {
            if time > now {
                early += 1
                guard early <= Self.groupSize else { break }
            }
            let step = streams[place].cadence.advance(to: now, ahead: streams[place].ahead)
            due.set(place, to: streams[place].cadence.next)
            switch step {
            case .wait: break
            case .send: start(place)
            case .missed(let since): miss(place, since: since)
            }
        }
        channels.flushAll(receiveBatch, now: now, into: &events) { [self] owner, error, channel in
            refuse(owner, error, channel)
        }
        applyEvents()
    }

    /// A slot passed while the engine did not run: one spoiled probe stands for all that were missed.
    private func miss(_ place: Int, since: Int64) {
        guard let sequence = streams[place].ring.open(at: since, offset: offset, timeout: streams[place].timeout)
        else { return }
        streams[place].ring.finish(sequence, .invalid(.overload), at: now)
        markDirty(place)
    }

    private func start(_ place: Int) {
        switch streams[place].transport {
        case .icmp(let channel): startEcho(place, channel)
        case .tcp(let flow): startConnect(place, flow)
        case .datagram(let flow): startDatagram(place, flow)
        case .none: break
        }
    }

    /// Enters a probe that is being sent; nil when too many are open.
    func open(_ place: Int) -> SequenceTable.Owner? {
        guard let sequence = streams[place].ring.open(at: now, offset: offset, timeout: streams[place].timeout)
        else { return nil }
        markDirty(place)
        return SequenceTable.Owner(
            stream: Int32(place),
            generation: streams[place].generation,
            sequence: sequence
        )
    }

    func finish(
        _ place: Int,
        _ sequence: UInt64,
        _ result: Outcome.Result,
        detail: OutcomeDetail? = nil
    ) {
        streams[place].ring.finish(sequence, result, at: SystemClock.monotonic().nanoseconds, detail: detail)
        markDirty(place)
    }

    // MARK: ICMP

    private func startEcho(_ place: Int, _ index: Int) {
        guard let owner = open(place) else { return }
        let channel: ICMPChannel
        switch channels.open(index) {
        case .success(let opened): channel = opened
        case .failure(let error): return refuse(owner, error, nil)
        }
        guard channel.isInterfaceUsable(now: now) else {
            return refuse(owner, SystemError(code: ENETDOWN, operation: "send"), channel)
        }
        if channel.nextHop == nil {
            guard isLed(place, owner, by: channel.interface) else { return }
        } else if let missing = channel.missingSource(now: now) {
            return finish(place, owner.sequence, .failed(.noRoute), detail: OutcomeDetail(message: missing))
        }
        // The packet's number would take the place of a probe that is still open: more are open than can be told apart.
        if let previous = channel.nextPlaceOwner(), isOpen(previous) {
            return finish(place, owner.sequence, .invalid(.overload))
        }
        if streams[place].controlInterface != channel.interface {
            streams[place].control = channel.control(ttl: streams[place].task.ttl)
            streams[place].controlInterface = channel.interface
            streams[place].address.scope = UInt32(bitPattern: channel.interface)
        }
        if !channel.hasRoom { flush(channel) }
        channel.append(owner, to: streams[place].address, control: streams[place].control, ttl: streams[place].task.ttl)
        channels.touch(index)
    }

    /// Whether there is a route by the pinned interface; if not, the probe ends here.
    func isLed(_ place: Int, _ owner: SequenceTable.Owner, by interface: Int32) -> Bool {
        guard streams[place].task.pin.interface != nil else { return true }
        let seen = streams[place].routeSeenAt
        if seen != .min, now &- seen < RouteGuard.validity { return true }
        let task = streams[place].task
        if routes.leads(task, by: interface) {
            streams[place].routeSeenAt = now
            return true
        }
        streams[place].routeSeenAt = .min
        let detail = OutcomeDetail(message: RouteGuard.message(task))
        finish(place, owner.sequence, .failed(.noRoute), detail: detail)
        return false
    }

    private func isOpen(_ owner: SequenceTable.Owner) -> Bool {
        let place = Int(owner.stream)
        guard place < streams.count, streams[place].generation == owner.generation else { return false }
        return streams[place].isActive && streams[place].ring.isOpen(owner.sequence)
    }

    private func flush(_ channel: ICMPChannel) {
        channel.flush { [self] owner, error in refuse(owner, error, channel) }
        if channel.expectsStamps { channel.receiveErrors(receiveBatch, into: &events) }
    }

    /// A probe that did not leave ends at once, with the reason.
    func refuse(_ owner: SequenceTable.Owner, _ error: SystemError, _ channel: ICMPChannel?) {
        let place = Int(owner.stream)
        let pin = streams[place].task.pin
        let isUsable: Bool
        if let channel {
            if error.code == ENODEV { channel.invalidateInterface() }
            isUsable = error.code != ENETDOWN && error.code != ENODEV && channel.isInterfaceUsable(now: now)
        } else {
            isUsable = pin.interface.map { Interface.index(of: $0) != nil } ?? true
        }
        let failure = SendFailure(error, pin: pin, interfaceUsable: isUsable)
        finish(place, owner.sequence, failure.result, detail: OutcomeDetail(message: failure.message))
    }
}
