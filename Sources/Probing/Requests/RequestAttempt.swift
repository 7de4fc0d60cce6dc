internal import CCurl
internal import Model
internal import Sockets
internal import Wire

/// One request from its start to its outcome: names, rounds with a proxy, redirects. Used by the loop's thread.
final class RequestAttempt: TransferOwner {
    /// What the attempt waits for.
    enum State {
        case resolving(since: Int64)
        /// Whether the host of a redirect may be asked; the proxy will look it up itself.
        case judging(since: Int64)
        /// Others show the same credentials now.
        case queued(AuthenticationScheme, IPAddress)
        /// GSS-API is asked for a token of Negotiate.
        case fetching(IPAddress, number: UInt64, since: Int64)
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
    var dialogue: ProxyDialogue
    var proxyFacts: ProxyFacts?
    /// Of the hop that is asked now.
    var tls: TLSFacts?
    /// Of the last hop that had one.
    var handshake: TLSFacts?
    var dns: DNSFacts?
    var redirects = 0
    /// What the witness of connections gave, of each.
    var tickets: [UInt64] = []
    /// The last host that may be asked.
    var judgedHost: String
    /// Addresses of the name that were not tried yet.
    var others: ArraySlice<IPAddress> = []
    /// What it has leave to show.
    var admission: CredentialContent?
    /// Why it shows nothing.
    var rest: CredentialGate.Rest?
    /// Whose word that is, where it is not this proxy's.
    var refusers: [String] = []
    /// Of the proxy's name.
    var proxyAddresses: Set<IPAddress> = []
    /// How the proxy asked, when it had seen no credentials.
    var realm: ProxyRealm?
    /// By which it asked.
    var challenges: [AuthenticationChallenge] = []
    /// Of Negotiate, for one showing.
    var token: Secret?
    var wasTokenLate = false
    var isSettled = false
    /// Its events have waited for those of others: what it measured is wrong.
    var isSpoiled = false
    /// Time that others took meanwhile in turns that were noticed, and what its own start took of ours.
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
        judgedHost = task.target.host
        if case .http(let asked) = task.question { question = asked } else { question = HTTPQuestion() }
        dialogue = ProxyDialogue(allowed: task.proxy?.credentials?.schemes)
        proxyFacts = task.proxy.map { ProxyFacts(name: $0.name) }
    }

    /// The time is over.
    func expire(spoiled: Bool) {
        var phase = PhaseName.resolve
        var reason = Reason.timeout
        var last: Transfer?
        switch state {
        case .resolving(let since), .judging(let since):
            phases.add(.resolve, .nanoseconds(SystemClock.monotonic().nanoseconds - since))
            reason = .dnsTimeout
        case .queued:
            // Our own caution made it wait: that says nothing of the network.
            return end(.invalid(.cancelled), message: "the proxy's credentials were in use by another probe")
        case .fetching:
            return noToken("no answer within the time-out")
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
        if case .fetching = state { loop.withdraw(self) }
        end(.invalid(.cancelled), message: nil)
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
            handshake: handshake,
            response: task.keepsResponse ? response : nil,
            dns: dns
        )
        var detail = OutcomeDetail(responder: responder, message: message, phases: phases.phases, request: facts)
        // Phases of several connections add up: what the wire shows of one is not theirs.
        if tickets.count == 1 { detail.wireTicket = tickets[0] }
        loop.settle(self, result, detail)
    }
}
