internal import CCurl
internal import Model
internal import Sockets
internal import Wire

/// The heart of the request engine: one turn after the other on one thread, which alone touches it.
final class RequestLoop {
    enum Command: Sendable {
        case reconcile([RequestTask])
        case requestNow(ProbeID, after: [Int64])
        case ask(RequestTask, @Sendable (Outcome) -> Void)
        case resolved(place: Int, number: UInt64, HostAnswer)
        /// There may be a place at the gate of a proxy.
        case wake(CredentialBook.Key)
        case token(place: Int, number: UInt64, TokenOffice.Answer)
        case stop
    }

    struct Stream {
        var task: RequestTask
        var cadence: Cadence
        var nextSequence: UInt64
        var attempt: RequestAttempt?
        var isActive = true
        /// Of a single request: who is told, and then the stream is gone.
        var completion: (@Sendable (Outcome) -> Void)?
    }

    let epoll: Epoll
    let transfers: TransferSet
    var streams: ContiguousArray<Stream> = []
    var places: [ProbeID: Int] = [:]
    var freePlaces: [Int] = []
    var due = DueQueue()
    var deadlines = DueQueue()
    /// Until when a token of Negotiate is waited for.
    var tokenDeadlines = DueQueue()
    let tokens: TokenOffice
    var now = SystemClock.monotonic().nanoseconds
    let credentials: CredentialBook
    let engineNumber: Int
    /// Who waits at the gate of a proxy.
    var waiting: [CredentialBook.Key: [RequestAttempt]] = [:]
    /// Whose turn to show credentials has come.
    var resuming: [RequestAttempt] = []
    /// One for each set of credentials at most: its gate lets one unproven showing through.
    var listeners: [CredentialListener] = []
    let trust = TrustStore()
    var routes = RouteGuard()
    private var monitor: OverloadMonitor
    var batch = ProbeBatch()
    private var nextNumber: UInt64 = 0
    var owners: [ObjectIdentifier: any TransferOwner] = [:]
    let lookup: HostLookup
    let witness: (any ConnectionWitness)?
    let post: @Sendable (Command) -> Void
    let rule: AddressRule?
    private let deliver: @Sendable (ProbeBatch) -> Void
    private(set) var isStopped = false
    private var work = TurnWork()
    private let processor = ThreadClock()
    /// In nanoseconds.
    private static let patience: Int64 = 2_000_000
    /// A turn that takes less is none that anybody waits for.
    static let notice: Duration = .milliseconds(5)

    var exchanges: [UInt64: (attempt: RequestAttempt, exchange: DNSExchange)] = [:]

    private static let wakeToken: UInt64 = 0
    /// A token with this bit holds the number of an attempt that asks a name server.
    static let exchangeBit: UInt64 = 1 << 62

    /// - Parameter post: sends a command to this loop from another thread.
    init(
        wake: EventFD,
        lookup: @escaping HostLookup,
        credentials: CredentialBook,
        witness: (any ConnectionWitness)?,
        tokens: TokenOffice,
        post: @escaping @Sendable (Command) -> Void,
        rule: AddressRule?,
        deliver: @escaping @Sendable (ProbeBatch) -> Void
    ) throws(SystemError) {
        self.rule = rule
        self.credentials = credentials
        self.tokens = tokens
        engineNumber = credentials.enter { post(.wake($0)) }
        epoll = try Epoll(capacity: 256)
        try epoll.add(wake.number, .readable, token: Self.wakeToken)
        guard let set = try TransferSet(epoll: epoll) else {
            throw SystemError(code: 12 /* ENOMEM */, operation: "libcurl")
        }
        transfers = set
        monitor = OverloadMonitor(limit: EngineOptions().latenessLimit.nanoseconds)
        self.lookup = lookup
        self.witness = witness
        self.post = post
        self.deliver = deliver
    }

    /// Waits for what comes next and does it.
    /// - Parameter commands: takes what other threads want.
    func turn(_ commands: () -> [Command]) throws(SystemError) {
        let listening = listeners.map(\.until).min()
        let wakeAt = [due.first?.time, deadlines.first?.time, tokenDeadlines.first?.time, transfers.wakeAt, listening]
            .compactMap { $0 }.min()
        let count = try epoll.wait(wakeAt.map { .nanoseconds($0 &- SystemClock.monotonic().nanoseconds) })
        now = SystemClock.monotonic().nanoseconds
        if let wakeAt { monitor.observe(expected: wakeAt, now: now) }
        work.begin(at: processor?.read() ?? .zero)
        let begun = now
        var isAsked = false
        for index in 0..<count {
            let event = epoll.event(at: index)
            if event.token == Self.wakeToken {
                isAsked = true
            } else if event.token & Self.exchangeBit != 0, event.token & TransferSet.tokenBit == 0 {
                continueExchange(event.token & ~Self.exchangeBit)
            } else {
                let owner = transfers.transfer(of: event).flatMap { owners[ObjectIdentifier($0)] }
                // We know better than libcurl why it is over.
                if let transfer = transfers.ready(event) { owner?.ended(transfer, CURLE_COULDNT_CONNECT) }
                work.note(owner.map { ObjectIdentifier($0) }, at: processor?.read() ?? .zero)
            }
            expireMeanwhile()
        }
        transfers.tick(at: now)
        work.note(nil, at: processor?.read() ?? .zero)
        spoilWaiting(since: begun)
        harvest()
        sweepListeners()
        resume()
        if isAsked {
            for command in commands() { perform(command) }
        }
        expire()
        expireTokens()
        start()
        resume()
        harvest()
        sweepListeners()
        resume()
        report()
    }

    /// What libcurl has brought to an end; that may start something new, and so on.
    private func harvest() {
        while let (transfer, code) = transfers.nextDone() {
            guard let owner = owners[ObjectIdentifier(transfer)] else {
                transfers.end(transfer)
                continue
            }
            owner.ended(transfer, code)
        }
    }

    private func perform(_ command: Command) {
        switch command {
        case .reconcile(let tasks): reconcile(tasks)
        case .requestNow(let id, let delays):
            guard let place = places[id] else { return }
            streams[place].cadence.addExtra(after: delays, now: now)
            due.set(place, to: streams[place].cadence.next)
        case .ask(let task, let completion): ask(task, completion)
        case .resolved(let place, let number, let answer):
            guard streams.indices.contains(place), let attempt = streams[place].attempt, attempt.number == number
            else { return }
            attempt.resolved(answer)
        case .wake(let key): wake(key)
        case .token(let place, let number, let answer):
            guard streams.indices.contains(place), let attempt = streams[place].attempt, attempt.number == number
            else { return }
            attempt.took(answer)
        case .stop:
            isStopped = true
            credentials.exit(engineNumber)
            for place in streams.indices where streams[place].isActive { remove(place) }
        }
    }

    // MARK: Time

    private func start() {
        while let (time, place) = due.first, time <= now {
            let step = streams[place].cadence.advance(to: now)
            due.set(place, to: streams[place].cadence.next)
            switch step {
            case .wait: break
            case .send: begin(place)
            case .missed(let since): miss(place, since: since)
            }
        }
    }

    func begin(_ place: Int) {
        // A slot that falls into an open request is left out.
        guard streams[place].attempt == nil else { return }
        nextNumber += 1
        let attempt = RequestAttempt(
            streams[place].task,
            place: place,
            sequence: takeSequence(place),
            number: nextNumber,
            now: SystemClock.monotonic().nanoseconds,
            loop: self
        )
        streams[place].attempt = attempt
        deadlines.set(place, to: attempt.startedAt &+ max(1_000_000, attempt.task.timeout.nanoseconds))
        attempt.resolve()
    }

    private func takeSequence(_ place: Int) -> UInt64 {
        defer { streams[place].nextSequence += 1 }
        return streams[place].nextSequence
    }

    /// A slot passed while the loop did not run: one spoiled request stands for all that were missed.
    private func miss(_ place: Int, since: Int64) {
        guard streams[place].attempt == nil else { return }
        append(place, takeSequence(place), sentAt: since, .invalid(.overload), nil)
    }

    private func expire() {
        while let (time, place) = deadlines.first, time <= now {
            deadlines.remove(place)
            streams[place].attempt?.expire(spoiled: monitor.spoils(exchangeUntil: time))
        }
    }

    /// The deadlines of others do not wait for the end of a long turn.
    private func expireMeanwhile() {
        let moment = SystemClock.monotonic().nanoseconds
        guard moment - now > Self.patience else { return }
        monitor.observe(expected: now, now: moment)
        now = moment
        expire()
    }

    /// Events that waited while others were served have late stamps: what was in flight then has no numbers.
    private func spoilWaiting(since begun: Int64) {
        let limit = Duration.nanoseconds(monitor.limit)
        let wasCut = transfers.takeCut()
        guard wasCut || work.total > Self.notice else { return }
        let attempts = streams.compactMap(\.attempt)
        guard attempts.count > 1 else { return }
        for attempt in attempts where attempt.startedAt < begun {
            let wait = work.wait(of: ObjectIdentifier(attempt))
            attempt.waited += wait
            if wasCut || wait > limit { attempt.isSpoiled = true }
        }
    }

    // MARK: Handing over

    func append(
        _ place: Int,
        _ sequence: UInt64,
        sentAt: Int64,
        _ result: Outcome.Result,
        _ detail: OutcomeDetail?
    ) {
        batch.outcomes.append(
            Outcome(
                probe: streams[place].task.id,
                sequence: sequence,
                sentAt: MonotonicTime(nanoseconds: sentAt),
                settledAt: SystemClock.monotonic(),
                result: result,
                detail: detail
            )
        )
    }

    /// Gaps of this loop are not those of the packets' engine: they spoil requests, and no link is blind by them.
    private func report() {
        guard !batch.isEmpty else { return }
        deliver(batch)
        batch.removeAll()
    }
}
