internal import Glibc
internal import Model
internal import Sockets

/// Streams with sockets of their own: TCP and UDP.
extension EngineLoop {
    private func token(_ place: Int) -> UInt64 { Token.flow | UInt64(place) }

    func startConnect(_ place: Int, _ flow: TCPFlow) {
        guard isFree(place, flow), let owner = open(place) else { return }
        guard isLed(place, owner, by: flow.interface) else { return }
        do throws(SystemError) {
            let step = try flow.start(owner.sequence, now: now, epoll: epoll, token: token(place))
            take(step, place, owner.sequence)
        } catch {
            refuse(owner, error, nil)
        }
    }

    /// Whether the attempt before is over. Where the time-out is as long as the interval it ends at about the next slot: that one
    /// waits for it and is not left out, or a path of lost probes would be asked half as often.
    private func isFree(_ place: Int, _ flow: TCPFlow) -> Bool {
        guard flow.isBusy else { return true }
        guard let sequence = flow.sequence, streams[place].ring.isOpen(sequence),
            let deadline = streams[place].ring.entry(sequence)?.deadline
        else {
            flow.abandon()
            return true
        }
        if deadline - now <= streams[place].cadence.interval / 10 {
            streams[place].cadence.postpone(to: max(deadline, now) &+ streams[place].ahead &+ 1)
            due.set(place, to: streams[place].cadence.next)
        }
        return false
    }

    func startDatagram(_ place: Int, _ flow: DatagramFlow) {
        noteLoss(place, flow)
        guard mayAsk(place), let owner = open(place) else { return }
        guard isLed(place, owner, by: flow.interface) else { return }
        do throws(SystemError) {
            try flow.send(owner, clock: clock, epoll: epoll, token: token(place))
            streams[place].controlInterface = flow.interface
            if flow.expectsStamps { flow.receiveErrors(receiveBatch, into: &events) }
        } catch {
            refuse(owner, error, nil)
        }
    }

    private func noteLoss(_ place: Int, _ flow: DatagramFlow) {
        let loss = flow.takeLoss(at: now)
        guard !loss.isEmpty else { return }
        batch.directionalLosses.append(
            DirectionalLoss(probe: streams[place].task.id, forward: loss.forward, backward: loss.backward)
        )
    }

    /// Whether an IKE gateway may be asked now; if not, the stream waits for its turn.
    private func mayAsk(_ place: Int) -> Bool {
        guard case .ike = streams[place].task.kind else { return true }
        if streams[place].isAdmitted {
            streams[place].isAdmitted = false
            return true
        }
        let turn = gate.reserve(streams[place].task.destination, now: now)
        guard turn > now else { return true }
        streams[place].isAdmitted = true
        streams[place].cadence.postpone(to: turn)
        due.set(place, to: turn)
        return false
    }

    func receive(flow place: Int, _ ready: EpollInterest) {
        guard place < streams.count, streams[place].isActive else { return }
        switch streams[place].transport {
        case .tcp(let flow):
            guard let sequence = flow.sequence else { return }
            let step = flow.ready(
                receiveBatch,
                now: SystemClock.monotonic().nanoseconds,
                epoll: epoll,
                token: token(place)
            )
            take(step, place, sequence)
        case .datagram(let flow):
            if ready.contains(.error) { flow.receiveErrors(receiveBatch, into: &events) }
            if ready.contains(.readable) { flow.receive(receiveBatch, into: &events) }
        case .icmp, .none: break
        }
    }

    /// Ends the attempts whose answer the ears alone have heard.
    func applyHeard() {
        apply(ears[0])
        apply(ears[1])
    }

    private func apply(_ ear: HandshakeEar?) {
        for token in ear?.takeHeard() ?? [] {
            let place = Int(token & ~Token.kindMask)
            guard place < streams.count, case .tcp(let flow) = streams[place].transport, let sequence = flow.sequence
            else { continue }
            take(flow.heard(), place, sequence)
        }
    }

    private func take(_ step: TCPFlow.Step, _ place: Int, _ sequence: UInt64) {
        guard case .finished(let result, let detail) = step else { return }
        if case .answered(let roundTrip, _) = result, roundTrip.nanoseconds > streams[place].timeout {
            // Read before it was judged, and still too late: by the network, or by us.
            let deadline = streams[place].ring.entry(sequence)?.deadline ?? .max
            let isSpoiled = monitor.spoils(deadline: deadline)
            return finish(place, sequence, isSpoiled ? .invalid(.overload) : .failed(.timeout), detail: detail)
        }
        finish(place, sequence, result, detail: detail)
    }

    /// An attempt whose probe has ended is closed.
    func closeFinished(_ place: Int) {
        guard case .tcp(let flow) = streams[place].transport, let sequence = flow.sequence else { return }
        if !streams[place].ring.isOpen(sequence) { flow.abandon() }
    }
}
