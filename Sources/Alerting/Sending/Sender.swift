import Logging
import Model
import Sockets
import Synchronization

/// Sends to one receiver, on a thread and from a queue of its own, so that a receiver that hangs delays no other.
final class Sender: Sendable {
    private struct State: Sendable {
        var queue: SendQueue
        var isStopping = false
        /// News came: an earlier failure need not be waited out.
        var hasNews = false
        var hasEnded = false
        var stopDeadline = MonotonicTime(nanoseconds: .max)
        /// Takes what is left when this one ends.
        var heir: Sender?
        /// Senders that still have something under way which comes here if it fails.
        var predecessors = 0
        /// While there are such: the alerts of which news have left here. What those had under way is older.
        var told: Set<AlertLabels> = []

        mutating func note(_ batch: [SendQueue.Item]) {
            guard predecessors > 0 else { return }
            for item in batch where item.notice.isNews { told.insert(item.notice.labels) }
        }
    }

    let settings: ReceiverSettings
    private let payload: Payload
    private let isDryRun: Bool
    private let logger: Logger
    private let state: Monitor<State>
    private let report: @Sendable ([DeliveryEvent]) -> Void
    private let client: HTTPClient?
    private let backoff: Backoff

    /// - Parameter report: called on the sender's thread.
    init(
        settings: ReceiverSettings,
        payload: Payload,
        isDryRun: Bool,
        backoff: Backoff = Backoff(),
        logger: Logger,
        report: @escaping @Sendable ([DeliveryEvent]) -> Void
    ) {
        self.settings = settings
        self.payload = payload
        self.isDryRun = isDryRun
        self.backoff = backoff
        self.logger = logger
        self.report = report
        state = Monitor(State(queue: SendQueue(limit: settings.queueLimit)))
        client = isDryRun ? nil : HTTPClient()
    }

    func wants(_ notice: AlertNotice) -> Bool { payload.wants(notice) }

    /// Queues the items; never waits.
    func enqueue(_ items: [SendQueue.Item]) {
        let dropped = state.change { state in
            state.hasNews = state.hasNews || items.contains { $0.notice.isNews }
            return items.compactMap { state.queue.push($0) }
        }
        guard !dropped.isEmpty else { return }
        report(dropped.map(DeliveryEvent.abandoned))
    }

    /// Something was committed: tickets may be done.
    func wake() {
        state.change { _ in }
    }

    var waiting: Int { state.read { $0.queue.count } }

    func start() {
        let hasThread = (try? DedicatedThread(name: "np-alert-send") { self.run() }) != nil
        if !hasThread {
            logger.error("no thread could be started to send alerts to \(settings.name)")
            state.change { $0.hasEnded = true }
        }
    }

    /// Asks the thread to send what it can until `deadline` and to end.
    func beginStop(deadline: MonotonicTime) {
        state.change {
            $0.isStopping = true
            $0.stopDeadline = deadline
        }
    }

    /// Breaks off the request under way; what it carried stays queued.
    func cancel() {
        client?.cancel()
    }

    /// - Returns: whether the thread ended before the deadline.
    func waitForEnd(deadline: MonotonicTime) -> Bool {
        state.wait(until: deadline) { $0.hasEnded ? true : nil } ?? false
    }

    /// Ends, and hands what waits to the sender that takes this one's place; what is under way follows if it is not accepted.
    func retire(to heir: Sender?) {
        heir?.state.change { $0.predecessors += 1 }
        let (waiting, isLast) = state.change { state -> ([SendQueue.Item], Bool) in
            state.isStopping = true
            state.stopDeadline = SystemClock.monotonic()
            state.heir = heir
            return (heir == nil ? [] : state.queue.popAll(), state.hasEnded && state.predecessors == 0)
        }
        heir?.inherit(waiting, isLast: isLast)
    }

    /// Queues what another sender had not sent, unless something newer about the same alert has come here or left from here.
    /// - Parameter isLast: nothing more comes from that sender.
    private func inherit(_ items: [SendQueue.Item], isLast: Bool) {
        let (needless, dropped, next, isAll) = state.change {
            state -> ([SendQueue.Item], [SendQueue.Item], Sender?, Bool) in
            // It was replaced itself, and has handed over all that it had.
            let next = state.hasEnded ? state.heir : nil
            var (needless, dropped): ([SendQueue.Item], [SendQueue.Item]) = ([], [])
            if next == nil {
                state.hasNews = state.hasNews || items.contains { $0.notice.isNews }
                (needless, dropped) = state.queue.takeBack(items, told: state.told)
            }
            if isLast { state.predecessors -= 1 }
            if state.predecessors == 0 { state.told = [] }
            return (needless, dropped, next, isLast && state.predecessors == 0)
        }
        // Only when nothing more can come here comes nothing more from here.
        next?.inherit(items, isLast: isAll)
        guard !needless.isEmpty || !dropped.isEmpty else { return }
        report(needless.map(DeliveryEvent.superseded) + dropped.map(DeliveryEvent.abandoned))
    }

    // MARK: - On the sender's thread

    private func run() {
        var attempt = Attempt(backoff: backoff)
        while let batch = nextBatch(attempt) {
            guard !batch.isEmpty else { continue }
            let verdict = isDryRun ? dryRun(batch) : send(batch)
            attempt.lastTry = SystemClock.monotonic()
            if verdict == .cancelled {
                _ = state.change { $0.queue.pushBack(batch) }
                break
            }
            settle(batch, verdict, &attempt)
        }
        let (heir, left, isLast) = state.change { state -> (Sender?, [SendQueue.Item], Bool) in
            state.hasEnded = true
            return (state.heir, state.heir == nil ? [] : state.queue.popAll(), state.predecessors == 0)
        }
        heir?.inherit(left, isLast: isLast)
    }

    /// What happened before, for the wait until the next try.
    private struct Attempt {
        var backoff: Backoff
        var notBefore: MonotonicTime?
        var lastTry = MonotonicTime(nanoseconds: .min / 2)
        var failureLogged = false
    }

    /// Waits until the next try after a failure; news cut the wait short, to one try a second.
    /// - Returns: false when the sender is to end.
    private func waitOut(_ attempt: Attempt) -> Bool {
        guard let notBefore = attempt.notBefore else { return true }
        while true {
            let hasNews = state.read { $0.hasNews }
            let until = hasNews ? min(notBefore, attempt.lastTry + .seconds(1)) : notBefore
            guard SystemClock.monotonic() < until else { return true }
            let isStopping: Bool? = state.wait(until: until) { state in
                if state.isStopping { return true }
                return state.hasNews == hasNews ? nil : false
            }
            if isStopping == true { return false }
        }
    }

    /// Waits for something to send.
    /// - Returns: nil to end; empty to ask again.
    private func nextBatch(_ attempt: Attempt) -> [SendQueue.Item]? {
        guard waitOut(attempt) else { return nil }
        let limit = payload.batchLimit
        let group = payload.group
        let release = state.read { $0.queue.nextRelease }
        let result: [SendQueue.Item]?? = state.wait(until: release) { state in
            let now = SystemClock.monotonic()
            let batch = state.queue.take(limit: limit, at: now, group: group)
            if !batch.isEmpty {
                state.hasNews = false
                state.note(batch)
                return .some(.some(batch))
            }
            if state.isStopping, state.queue.isEmpty || now >= state.stopDeadline { return .some(.none) }
            // A ticket with an earlier deadline may have come: wait anew for that.
            if state.queue.nextRelease != release { return .some(.some([])) }
            return nil
        }
        return result ?? []
    }

    private func dryRun(_ batch: [SendQueue.Item]) -> DeliveryVerdict {
        for item in batch where item.notice.isNews {
            let name = item.notice.identity.name.rawValue
            let status = item.notice.isResolved ? "resolved" : "firing"
            logger.notice("dry run: \(name) (\(status)) would go to \(settings.name)")
        }
        return .accepted
    }

    private func send(_ batch: [SendQueue.Item]) -> DeliveryVerdict {
        guard let client else { return .retry("libcurl has no memory") }
        do {
            let destination = try settings.destination()
            let body = try payload.body(batch.map(\.notice), settings: settings, now: SystemClock.wall())
            return client.post(
                HTTPRequest(
                    url: payload.url(destination.url),
                    body: body,
                    authorization: destination.authorization,
                    caFile: settings.caFile,
                    proxy: settings.proxy,
                    connectTimeout: settings.connectTimeout,
                    timeout: settings.timeout
                )
            ).verdict
        } catch {
            return .retry("\(error)")
        }
    }

    private func settle(_ batch: [SendQueue.Item], _ verdict: DeliveryVerdict, _ attempt: inout Attempt) {
        switch verdict {
        case .accepted:
            if attempt.failureLogged { logger.notice("alerts reach \(settings.name) again") }
            attempt = Attempt(backoff: backoff, lastTry: attempt.lastTry)
            let now = SystemClock.monotonic()
            report(batch.map { .accepted($0, latency: $0.notice.isNews ? now - $0.notice.decidedAt : nil) })
        case .refused(let cause):
            attempt.notBefore = nil
            refuse(batch, cause)
        case .retry(let cause):
            if !attempt.failureLogged {
                logger.warning("alerts do not reach \(settings.name): \(cause); they are kept and tried again")
                attempt.failureLogged = true
            }
            attempt.notBefore = attempt.lastTry + attempt.backoff.next(random: .random(in: 0..<1))
            let needless = state.change { $0.queue.pushBack(batch) }
            report(batch.map(DeliveryEvent.failed) + needless.map(DeliveryEvent.superseded))
        case .cancelled: break
        }
    }

    /// A refused batch is sent again one by one, once; what is refused alone is given up.
    private func refuse(_ batch: [SendQueue.Item], _ cause: String) {
        guard batch.count == 1, let item = batch.first else {
            let single = batch.map { item in
                var item = item
                item.isAlone = true
                return item
            }
            let needless = state.change { $0.queue.pushBack(single) }
            report(needless.map(DeliveryEvent.superseded))
            return
        }
        logger.error("\(settings.name) refuses \(item.notice.identity.name.rawValue) for good: \(cause)")
        report([.abandoned(item)])
    }
}
