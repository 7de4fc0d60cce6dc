internal import CCurl
internal import Model
internal import Sockets
internal import Wire

// What an attempt asks of the loop.
extension RequestLoop {
    func lookUp(_ host: String, for attempt: RequestAttempt) {
        let (place, number, post) = (attempt.place, attempt.number, post)
        lookup(host) { post(.resolved(place: place, number: number, $0)) }
    }

    /// Why a request cannot leave by its pin; nil when it can.
    func obstacle(_ task: RequestTask, to address: IPAddress) -> SendFailure? {
        guard task.proxy != nil || rule?.permits(address, for: task) != false else {
            return SendFailure(.permission, message: "\(address) may not be asked")
        }
        guard let name = task.pin.interface, let index = Interface.index(of: name) else { return nil }
        let probe = ProbeTask(id: task.id, kind: .tcpConnect, destination: address, port: 0, pin: task.pin)
        guard !routes.leads(probe, by: index) else { return nil }
        return SendFailure(.noRoute, message: RouteGuard.message(probe))
    }

    /// nil when it cannot be prepared.
    func start(_ order: TransferOrder, for attempt: RequestAttempt) -> Transfer? {
        let begun = SystemClock.monotonic()
        // Libraries are loaded and certificates read at the first one: on a busy machine that may take all of its time.
        defer {
            let took = SystemClock.monotonic() - begun
            if took > Self.notice { attempt.waited += took }
        }
        guard let transfer = Transfer(order, trust: trust, set: transfers, witness: witness) else { return nil }
        owners[ObjectIdentifier(transfer)] = attempt
        guard transfers.start(transfer) else {
            owners[ObjectIdentifier(transfer)] = nil
            return nil
        }
        return transfer
    }

    /// Another is told of its end.
    func take(_ transfer: Transfer, by owner: any TransferOwner) { owners[ObjectIdentifier(transfer)] = owner }

    func finish(_ transfer: Transfer) {
        owners[ObjectIdentifier(transfer)] = nil
        transfers.end(transfer)
    }

    /// Sends a question to a name server.
    func ask(
        _ query: DNSQuery,
        _ server: SocketAddress,
        for attempt: RequestAttempt
    ) throws(SystemError) -> DNSExchange {
        let token = Self.exchangeBit | attempt.number
        let exchange = try DNSExchange(query, to: server, pin: attempt.task.pin, epoll: epoll, token: token)
        exchanges[attempt.number] = (attempt, exchange)
        return exchange
    }

    func continueExchange(_ number: UInt64) {
        guard let (attempt, exchange) = exchanges[number] else { return }
        attempt.took(exchange.ready(epoll, token: Self.exchangeBit | number))
    }

    /// Its socket goes with it, and with the socket what epoll knows of it.
    func endExchange(of attempt: RequestAttempt) { exchanges[attempt.number] = nil }

    func settle(_ attempt: RequestAttempt, _ result: Outcome.Result, _ detail: OutcomeDetail) {
        let place = attempt.place
        deadlines.remove(place)
        streams[place].attempt = nil
        let completion = streams[place].completion
        var result = result
        if case .answered = result, attempt.isSpoiled, !attempt.task.takesLateAnswers { result = .invalid(.overload) }
        append(place, attempt.sequence, sentAt: attempt.startedAt, result, detail)
        guard let completion, let outcome = batch.outcomes.popLast() else { return }
        release(place)
        completion(outcome)
    }
}
