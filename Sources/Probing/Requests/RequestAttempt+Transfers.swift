internal import CCurl
internal import Model
internal import Sockets
internal import Wire

// Its transfers, and what each of them showed.
extension RequestAttempt {
    func transfer(to address: IPAddress, scheme: AuthenticationScheme? = nil, password: Secret? = nil) {
        if let failure = loop.obstacle(task, to: address) {
            if !tryNext(after: failure.result) { end(failure.result, message: failure.message) }
            return
        }
        var question = question
        if let field = question.requestIDField { question.fields.append(.init(field, Self.randomIdentifier())) }
        var order = TransferOrder(target: target, depth: depth, question: question, address: address, pin: task.pin)
        order.proxy = task.proxy
        order.caFile = task.caFile
        order.scheme = scheme
        order.realm = realm ?? loop.provenRealm(of: task.proxy)
        order.tls = task.tls
        order.keptBody = task.keepsResponse || !question.texts.isEmpty ? task.keptBody : 0
        order.lease = task.lease
        order.password = password
        if scheme == .negotiate { order.token = token }
        // A second showing of the same token is a replay (RFC 4120 §3.2.3).
        token = nil
        guard let transfer = loop.start(order, for: self) else {
            let files = [task.caFile, task.proxy?.caFile].compactMap { $0 }.joined(separator: ", ")
            let file = files.isEmpty ? "" : "; are there certificates in \(files)?"
            return end(.failed(.internal), message: "the transfer cannot be prepared\(file)")
        }
        state = .transferring(transfer)
        guard scheme != nil else { return }
        // Once the proxy has let one pass, its word stands and the next may show theirs.
        transfer.credentialsJudged = { [unowned self, unowned transfer] in
            leaveGate(loop.judged(task.proxy, transfer, remembers: !wasTokenLate))
        }
    }

    var depth: TransferOrder.Depth {
        switch task.question {
        case .http: .request
        case .tls: .handshake
        case .connection, .dns: .connection
        }
    }

    /// A random UUID (RFC 9562 §5.4).
    static func randomIdentifier() -> String {
        let digits = Array("0123456789abcdef")
        return String(
            "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".map { $0 == "x" ? digits[Int.random(in: 0..<16)] : $0 }
        )
    }

    /// The transfer has ended by itself.
    func ended(_ transfer: Transfer, _ code: CURLcode) {
        let now = SystemClock.monotonic().nanoseconds
        if code == CURLE_OK, depth != .request {
            transfer.timeline.endWithoutRequest(at: now)
        }
        let phase = transfer.timeline.current
        take(transfer, at: now)
        let facts = TransferEnd(
            code: code,
            systemError: transfer.systemError,
            stop: transfer.stop,
            text: transfer.failureText,
            phase: phase,
            usesProxy: task.proxy != nil,
            wasNegotiating: transfer.order.scheme != nil && !transfer.wereCredentialsShown,
            proxyStatuses: transfer.proxyHeads.map(\.status),
            status: transfer.head?.status,
            proxyRefusal: transfer.proxyWitness?.refusal,
            proxyTLSError: transfer.proxyWitness?.facts?.verifyError,
            tlsRefusal: transfer.witness?.refusal,
            tlsError: transfer.witness?.facts?.verifyError,
            pin: task.pin
        )
        loop.finish(transfer)
        if transfer.wasStale { dialogue.noteStale() }
        leaveGate(verdict(of: transfer))
        // A proxy that closes the connection after its 407 has answered all the same.
        if let last = transfer.proxyHeads.last, last.status == 407, transfer.head == nil, isJudged(transfer) {
            return answer(transfer, last)
        }
        // Some say 401 where they mean 407.
        if transfer.word == .refused, (transfer.head ?? transfer.proxyHeads.last)?.status == 401 {
            let message = "the proxy does not accept the credentials (it answers with 401)"
            return end(.failed(.proxyAuthRejected), message: message, transfer)
        }
        // What the status says is true whatever comes after it.
        if transfer.stop == .bodyTooLong, let status = transfer.head?.status, !question.isGood(status) {
            return judge(transfer)
        }
        if let failure = TransferFailure(facts) {
            if !transfer.timeline.isConnected, tryNext(after: failure.result) { return }
            return end(failure.result, message: failure.message, responder: failure.responder, transfer)
        }
        judge(transfer)
    }

    /// Notes what a transfer showed.
    func take(_ transfer: Transfer, at now: Int64) {
        transfer.timeline.end(at: now)
        phases.add(transfer.timeline.phases)
        if let ticket = transfer.ticket { tickets.append(ticket) }
        tls = transfer.witness?.facts ?? tls
        handshake = tls ?? handshake
        guard proxyFacts != nil else { return }
        if transfer.timeline.isConnected { proxyFacts?.isConnected = true }
        for head in transfer.proxyHeads {
            proxyFacts?.status = head.status
            proxyFacts?.version = head.version
            proxyFacts?.statuses.append(head.status)
            if head.status == 407, proxyFacts?.challenges.isEmpty == true {
                proxyFacts?.challenges = Self.challenges(head)
            }
        }
        // A proxy that forwards answers with what the service said.
        if !transfer.order.tunnels, let head = transfer.head {
            proxyFacts?.status = head.status
            proxyFacts?.statuses.append(head.status)
        }
        if transfer.wereCredentialsShown { proxyFacts?.scheme = transfer.order.scheme?.rawValue }
    }
}
