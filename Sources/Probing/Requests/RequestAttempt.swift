internal import CCurl
internal import Model
internal import Sockets
internal import Wire

/// One request from its start to its outcome: names, rounds with a proxy, redirects. Used by the loop's thread.
final class RequestAttempt: TransferOwner {
    /// What the attempt waits for.
    enum State {
        case resolving(since: Int64)
        /// Others show the same credentials now.
        case queued(AuthenticationScheme, IPAddress)
        case transferring(Transfer)
        case asking(DNSExchange)
        case ended
    }

    let task: RequestTask
    let place: Int
    let sequence: UInt64
    /// Tells a late answer of the resolver from one to a later attempt.
    let number: UInt64
    let startedAt: Int64
    var state = State.ended
    unowned let loop: RequestLoop
    var target: Target
    var question: HTTPQuestion
    var phases = PhaseSum()
    private var dialogue: ProxyDialogue
    private var proxyFacts: ProxyFacts?
    private var tls: TLSFacts?
    var dns: DNSFacts?
    var redirects = 0
    /// What the witness of connections gave, of each.
    private var tickets: [UInt64] = []
    /// Addresses of the name that were not tried yet.
    private var others: ArraySlice<IPAddress> = []
    /// What it has leave to show.
    private var admission: CredentialContent?
    /// Why it shows nothing.
    private var rest: CredentialGate.Rest?
    /// How the proxy asked, when it had seen no credentials.
    private var realm: ProxyRealm?
    private var isSettled = false
    /// Its events have waited for those of others: what it measured is wrong.
    var isSpoiled = false
    /// The time of the processor that others took meanwhile, in turns that were noticed.
    var waited: Duration = .zero

    static let mostRedirects = 10
    static let mostAddresses = 8

    init(_ task: RequestTask, place: Int, sequence: UInt64, number: UInt64, now: Int64, loop: RequestLoop) {
        self.task = task
        self.place = place
        self.sequence = sequence
        self.number = number
        startedAt = now
        self.loop = loop
        target = task.target
        if case .http(let asked) = task.question { question = asked } else { question = HTTPQuestion() }
        dialogue = ProxyDialogue(allowed: task.proxy?.credentials?.schemes)
        proxyFacts = task.proxy.map { ProxyFacts(name: $0.name) }
    }

    // MARK: Names

    /// Begins with a name: the target's, or where there is one the proxy's.
    func resolve() {
        let host = task.proxy?.host ?? target.host
        if let address = task.address, task.proxy == nil, host == task.target.host {
            connect(to: [address])
        } else if let address = IPAddress(host) {
            connect(to: [address])
        } else {
            state = .resolving(since: SystemClock.monotonic().nanoseconds)
            loop.lookUp(host, for: self)
        }
    }

    func resolved(_ answer: HostAnswer) {
        guard case .resolving(let since) = state else { return }
        phases.add(.resolve, .nanoseconds(SystemClock.monotonic().nanoseconds - since))
        switch answer {
        case .addresses(let addresses):
            connect(to: addresses)
        case .failed(.overload):
            end(.invalid(.overload), message: "too many questions wait for '\(task.proxy?.host ?? target.host)'")
        case .failed(let reason):
            let what = task.proxy == nil ? "'\(target.host)'" : "the proxy's name '\(task.proxy?.host ?? "")'"
            end(.failed(reason), message: "\(what) does not resolve")
        }
    }

    private func connect(to addresses: [IPAddress]) {
        let fitting = task.pin.source.map { source in addresses.filter { $0.isIPv4 == source.isIPv4 } } ?? addresses
        guard let address = fitting.first else {
            let message = "no address of the family of the source \(task.pin.source?.description ?? "")"
            return end(.failed(.dnsError), message: message)
        }
        others = fitting.dropFirst().prefix(Self.mostAddresses - 1)
        begin(at: address)
    }

    /// Goes on with the next address of the name where the last one cannot be reached (RFC 9110 leaves the choice to the
    /// client; a name is up when one of its addresses is).
    /// - Returns: false when there is none, or when the failure says more than that of the address.
    private func tryNext(after result: Outcome.Result) -> Bool {
        switch result {
        case .failed(.refused), .failed(.proxyRefused), .failed(.unreachableNet), .failed(.unreachableHost),
            .failed(.unreachablePort), .failed(.adminProhibited), .failed(.noRoute):
            guard let next = others.popFirst() else { return false }
            begin(at: next)
            return true
        default: return false
        }
    }

    private func begin(at address: IPAddress) {
        if case .dns(let query) = task.question {
            ask(query, at: address)
        } else if let scheme = loop.provenScheme(of: task.proxy) {
            show(scheme, to: address)
        } else {
            leaveOut(loop.rest(of: task.proxy))
            transfer(to: address)
        }
    }

    // MARK: Transfers

    /// Asks for leave to show the credentials.
    private func show(_ scheme: AuthenticationScheme, to address: IPAddress) {
        let password: Secret?
        do throws(SecretError) {
            password = scheme == .negotiate ? nil : try task.proxy?.revealedPassword()
        } catch {
            return end(.failed(.internal), message: error.description)
        }
        let content = loop.credentials.content(password)
        switch loop.admit(self, content) {
        case .go:
            admission = content
            transfer(to: address, scheme: scheme, password: password)
        case .wait:
            state = .queued(scheme, address)
        case .rests(let rest):
            leaveOut(rest)
            // The first answer to this attempt may be there already; it says all that can be known.
            guard proxyFacts?.statuses.isEmpty == true else { return endSuspended() }
            transfer(to: address)
        }
    }

    private func leaveOut(_ rest: CredentialGate.Rest?) {
        self.rest = rest
        if rest != nil { proxyFacts?.isSuspended = true }
    }

    private func endSuspended() {
        if rest?.wasRefused == false {
            let message = "the credentials were shown before, no answer came, and they rest for a while"
            return end(.failed(.proxyAuthRequired), message: message)
        }
        end(.failed(.proxyAuthRejected), message: "the credentials were refused before and rest for a while")
    }

    var isQueued: Bool { if case .queued = state { true } else { false } }

    /// It is its turn.
    func goOn() {
        guard case .queued(let scheme, let address) = state else { return }
        show(scheme, to: address)
    }

    private func transfer(to address: IPAddress, scheme: AuthenticationScheme? = nil, password: Secret? = nil) {
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
        order.password = password
        guard let transfer = loop.start(order, for: self) else {
            let files = [task.caFile, task.proxy?.caFile].compactMap { $0 }.joined(separator: ", ")
            let file = files.isEmpty ? "" : "; are there certificates in \(files)?"
            return end(.failed(.internal), message: "the transfer cannot be prepared\(file)")
        }
        state = .transferring(transfer)
        guard scheme != nil else { return }
        // Once the proxy has let one pass, its word stands and the next may show theirs.
        transfer.credentialsJudged = { [unowned self, unowned transfer] word in
            loop.worked(task.proxy, by: transfer)
            leaveGate(word == .accepted ? .accepted : .none)
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
    private static func randomIdentifier() -> String {
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
        // To CONNECT only the proxy itself can answer, and some say 401 where they mean 407.
        if phase == .proxyTunnel, transfer.proxyHeads.last?.status == 401, transfer.wereCredentialsShown {
            let message = "the proxy does not accept the credentials (it answers CONNECT with 401)"
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

    /// What a transfer that is over means for the credentials it had leave to show.
    private func verdict(of transfer: Transfer) -> CredentialGate.Verdict {
        guard transfer.wereCredentialsShown else { return .none }
        return switch transfer.word {
        case .accepted: .accepted
        case .refused: .refused
        case .stale where dialogue.wasStale: .unanswered
        case .unclear, .stale: .none
        case .goesOn, nil: .unanswered
        }
    }

    /// Whether the last 407 of a transfer is the proxy's word, and not a message of a handshake that broke off.
    private func isJudged(_ transfer: Transfer) -> Bool {
        guard transfer.stop == nil else { return false }
        // The 407 before them asked for them; what broke off after them was no word.
        if transfer.wereCredentialsShown { return transfer.word == .refused || transfer.word == .stale }
        switch transfer.order.scheme {
        case .ntlm, .negotiate:
            return transfer.proxyHeads.count == 1 && !hasToken(transfer)
        case .digest, .basic, nil: return true
        }
    }

    private func hasToken(_ transfer: Transfer) -> Bool {
        transfer.proxyHeads.last.map { Self.challenges($0).contains { $0.token != nil } } ?? false
    }

    private static func challenges(_ head: HeadReader.Head) -> [AuthenticationChallenge] {
        Array(head.values(of: "proxy-authenticate").flatMap { AuthenticationChallenge.parse($0.utf8) }.prefix(32))
    }

    /// Notes what a transfer showed.
    private func take(_ transfer: Transfer, at now: Int64) {
        transfer.timeline.end(at: now)
        phases.add(transfer.timeline.phases)
        if let ticket = transfer.ticket { tickets.append(ticket) }
        tls = transfer.witness?.facts ?? tls
        guard proxyFacts != nil else { return }
        if transfer.timeline.isConnected { proxyFacts?.isConnected = true }
        for head in transfer.proxyHeads {
            proxyFacts?.status = head.status
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

    // MARK: The proxy's 407

    private func answer(_ transfer: Transfer, _ head: HeadReader.Head) {
        let scheme = transfer.order.scheme
        let step = dialogue.refused(Self.challenges(head), scheme: scheme, wasShown: transfer.wereCredentialsShown)
        switch step {
        case .show(let next):
            if rest != nil { return endSuspended() }
            realm = ProxyRealm(next, in: Self.challenges(head))
            show(next, to: transfer.order.address)
        case .fail(let reason, let message):
            end(.failed(reason), message: message, transfer)
        }
    }

    // MARK: The end

    /// The time is over.
    func expire(spoiled: Bool) {
        var phase = PhaseName.resolve
        var reason = Reason.timeout
        var last: Transfer?
        switch state {
        case .resolving(let since):
            phases.add(.resolve, .nanoseconds(SystemClock.monotonic().nanoseconds - since))
            reason = .dnsTimeout
        case .queued:
            // Our own caution made it wait: that says nothing of the network.
            return end(.invalid(.cancelled), message: "the proxy's credentials were in use by another probe")
        case .transferring(let transfer):
            phase = transfer.timeline.current
            take(transfer, at: SystemClock.monotonic().nanoseconds)
            leave(transfer)
            last = transfer
        case .asking(let exchange):
            finish(exchange)
            reason = .dnsTimeout
            phase = exchange.timeline.current
        case .ended:
            return
        }
        // Where others took most of its time nobody knows what the peer would have done.
        let isOurs = spoiled || waited > task.timeout / 2
        let result: Outcome.Result = isOurs ? .invalid(.overload) : .failed(reason)
        end(result, message: "no end within the time-out; it hung in \(phase.rawValue)", last)
    }

    func cancel() {
        if case .transferring(let transfer) = state { leave(transfer) }
        if case .asking = state { loop.endExchange(of: self) }
        end(.invalid(.cancelled), message: nil)
    }

    /// Leaves a transfer before its end.
    private func leave(_ transfer: Transfer) {
        if let content = admission, loop.listen(to: transfer, task.proxy, content) {
            admission = nil
        } else {
            loop.finish(transfer)
            leaveGate(verdict(of: transfer))
        }
    }

    private func leaveGate(_ verdict: CredentialGate.Verdict) {
        guard let content = admission else { return }
        admission = nil
        loop.leaveGate(task.proxy, content, verdict)
    }

    func end(
        _ result: Outcome.Result,
        message: String? = nil,
        responder: IPAddress? = nil,
        _ transfer: Transfer? = nil
    ) {
        guard !isSettled else { return }
        isSettled = true
        state = .ended
        leaveGate(.none)
        let response = transfer?.head.map { head in
            HTTPResponse(
                status: head.status,
                fields: head.fields,
                body: transfer?.body ?? [],
                trailers: transfer?.trailers ?? [],
                receivedAt: transfer?.headAt ?? MonotonicTime(nanoseconds: 0)
            )
        }
        let facts = RequestFacts(
            status: transfer?.head?.status,
            version: transfer?.head?.version,
            redirects: redirects,
            bodyBytes: transfer?.bodyBytes ?? 0,
            proxy: proxyFacts,
            tls: tls,
            response: task.keepsResponse ? response : nil,
            dns: dns
        )
        var detail = OutcomeDetail(responder: responder, message: message, phases: phases.phases, request: facts)
        // Phases of several connections add up: what the wire shows of one is not theirs.
        if tickets.count == 1 { detail.wireTicket = tickets[0] }
        loop.settle(self, result, detail)
    }
}
