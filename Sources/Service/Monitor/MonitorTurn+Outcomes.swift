import Links
import Logging
import Model
import Probing
import Scheduling
import Sockets
import Wire

/// What probes found.
extension MonitorTurn {
    mutating func take(_ batch: ProbeBatch) {
        record(batch.outcomes, batch.anomalies)
        if !batch.directionalLosses.isEmpty { parts.board.record(batch.directionalLosses) }
        guard let gap = batch.gap else { return }
        lastOverload = clock.monotonic
        changes += model.apply(.blind(from: gap.from, to: gap.until))
        parts.logger.warning(
            "this host did not run for \((gap.until - gap.from).secondsText) s; its probes do not count"
        )
    }

    mutating func record(_ outcomes: [Outcome], _ anomalies: [ProbeAnomaly]) {
        parts.board.record(holdBack(outcomes), anomalies, clock: clock)
        for outcome in outcomes {
            let number = Int(outcome.probe.rawValue)
            guard uses.indices.contains(number) else { continue }
            switch uses[number].kind {
            case .none: break
            case .hop: noteHop(outcome)
            case .probe: judge(outcome, uses[number])
            case .service:
                hasResults = true
                services.note(outcome, of: book.index[outcome.probe], clock: clock, parts.board)
            }
        }
    }

    private mutating func judge(_ outcome: Outcome, _ use: StreamUse) {
        if use.isProxied || use.isSecured {
            services.note(outcome, of: book.index[outcome.probe], clock: clock, parts.board)
        }
        switch outcome.result {
        case .answered:
            hasResults = true
            extra.answered(outcome.probe)
        case .failed(let reason):
            hasResults = true
            if use.isNamed, let stream = book.index[outcome.probe] { follow(stream, after: reason) }
        case .invalid(let reason):
            if reason == .overload { lastOverload = clock.monotonic }
        }
        if use.isGateway { noteGateway(outcome) }
        guard let place = use.place else { return }
        changes += model.apply(.outcome(stream: place, outcome))
        if let index = outcome.detail?.arrivalInterface { noteArrival(of: outcome.probe, over: index) }
        if changes.contains(where: \.isSuspicion) {
            if !outcome.isAnswer { confirm(outcome) }
            askReferences()
        }
    }

    /// The name of a stream whose probe failed may have another address by now, or have had one all the time.
    private func follow(_ stream: PlannedStream, after reason: Reason) {
        parts.hurry(stream.target.host)
        // Requests try the next address themselves.
        guard stream.question == nil, reason.isOfAddress else { return }
        parts.passBy(stream.target.host, stream.pin.source?.isIPv4)
    }

    private mutating func noteGateway(_ outcome: Outcome) {
        guard let key = book.index[outcome.probe]?.key else { return }
        let path = PathID(rawValue: key.path)
        parts.board.recordIKE(path: path, target: key.target, answers: outcome.isAnswer)
        changes += model.apply(
            .gateway(path: path, host: key.target.host, isAnswering: outcome.isAnswer, at: clock.monotonic)
        )
    }

    private mutating func noteArrival(of probe: ProbeID, over interface: Int32) {
        guard let stream = book.index[probe], let key = stream.key, !key.path.isEmpty,
            // An edge answers over its own wire, whichever way the rest comes back; to an interface it is held all the same.
            key.role == .through || stream.pin.interface != nil, let name = Interface.name(of: interface)
        else { return }
        changes += model.apply(.arrival(path: PathID(rawValue: key.path), interface: name, at: clock.monotonic))
    }

    private mutating func confirm(_ loss: Outcome) {
        guard let stream = Self.stream(Int(loss.probe.rawValue), of: book) else { return }
        let link = settings.topology.links.first { $0.name == stream.link }
        let downAfter = (link?.detection ?? Detection()).downAfter
        if let request = extra.lost(stream, sentAt: loss.sentAt, downAfter: downAfter, at: clock.monotonic) {
            send(request)
        }
    }

    static func stream(_ position: Int, of book: TaskBook) -> ExtraProbes.Stream? {
        guard let stream = book.index.streams[position], let key = stream.key else { return nil }
        return ExtraProbes.Stream(
            probe: ProbeID(rawValue: Int32(position)),
            role: key.role,
            link: key.link,
            interval: stream.interval
        )
    }

    func send(_ request: ExtraProbes.Request) {
        parts.probeNow(request.probe, request.delays)
    }

    /// A first loss: is it this host's own?
    private mutating func askReferences() {
        changes.removeAll(where: \.isSuspicion)
        if let last = lastSuspicion, clock.monotonic - last < Self.suspicionPause { return }
        lastSuspicion = clock.monotonic
        for (position, stream) in book.index.streams.enumerated() where stream?.key?.role == .reference {
            parts.probeNow(ProbeID(rawValue: Int32(position)), [.zero, .milliseconds(100)])
        }
    }
}
