import Model
import Sockets
import Synchronization

extension AlertEngine {
    /// What one evaluation hands to the other threads.
    struct Work {
        var changes: [StateChange]
        var ticket: CommitTicket?
        var sends: [(Sender, [SendQueue.Item])]
        var news: [AlertNotice]
    }

    /// News wait for the commit of their change, repetitions for nothing.
    func plan(
        _ effects: AlertBook.Effects,
        _ earlier: [StateChange],
        _ resumed: [(Sender, SendQueue.Item)],
        core: inout Core,
        now: MonotonicTime
    ) -> Work {
        var changes = earlier + effects.changes.map(StateChange.alert)
        let isKept = store != nil
        let ticket = isKept && effects.hasNews ? CommitTicket(deadline: now + Self.diskPatience) : nil
        var sends: [(Sender, [SendQueue.Item])] = []
        for sender in core.senders {
            var items = resumed.filter { $0.0 === sender }.map(\.1)
            for notice in effects.notices where sender.wants(notice) {
                var item = SendQueue.Item(notice: notice)
                if notice.isNews {
                    let generation = core.nextGeneration
                    core.nextGeneration += 1
                    item.generation = generation
                    item.ticket = ticket
                    let key = StateImage.OutboxKey(receiver: sender.settings.key, labels: notice.labels)
                    if isKept { changes.append(.queued(key, .init(notice: notice, generation: generation))) }
                }
                items.append(item)
            }
            if !items.isEmpty { sends.append((sender, items)) }
        }
        return Work(changes: changes, ticket: ticket, sends: sends, news: effects.notices.filter(\.isNews))
    }

    /// Goes on with what an earlier run left: open alerts, and for each receiver what it had not accepted.
    func restore(
        _ image: StateImage,
        into core: inout Core,
        _ clock: ClockReading,
        _ resumed: inout [(Sender, SendQueue.Item)],
        _ changes: inout [StateChange]
    ) {
        let absence = image.writtenAt.map { clock.wall - $0 } ?? .zero
        core.book.restore(Array(image.alerts.values), absence: absence, at: clock)
        var gone = Set<String>()
        let ordered = image.outbox.sorted { $0.value.notice.startsAt < $1.value.notice.startsAt }
        for (key, item) in ordered {
            guard let sender = core.senders.first(where: { $0.settings.key == key.receiver }) else {
                gone.insert(key.receiver)
                continue
            }
            var notice = item.notice
            notice.decidedAt = clock.monotonic
            resumed.append((sender, SendQueue.Item(notice: notice, generation: item.generation)))
        }
        changes += gone.sorted().map(StateChange.receiverGone)
    }

    /// Keeps the last changes for the history.
    func remember(_ effects: AlertBook.Effects, in core: inout Core, _ clock: ClockReading) {
        for notice in effects.notices where notice.isNews {
            core.events.append(
                AlertEvent(
                    kind: notice.isResolved ? .resolved : .fired,
                    at: clock.wall,
                    identity: notice.identity,
                    severity: notice.severity,
                    labels: notice.labels,
                    summary: notice.annotations.summary
                )
            )
        }
        let surplus = core.events.count - Self.eventLimit
        if surplus > 0 { core.events.removeFirst(surplus) }
    }

    /// A sender's report, on the sender's thread: counts it and clears the outbox.
    func take(_ events: [DeliveryEvent], receiver: String, key: String) {
        var settled: [StateChange] = []
        tally.withLock { tally in
            for event in events {
                if let item = Self.count(event, receiver: receiver, in: &tally), let generation = item.generation {
                    settled.append(
                        .settled(.init(receiver: key, labels: item.notice.labels), generation: generation)
                    )
                }
            }
        }
        guard !settled.isEmpty else { return }
        store?.submit(settled, ticket: nil, at: SystemClock.monotonic())
    }

    /// - Returns: the item, when its outbox row is no longer needed.
    private static func count(_ event: DeliveryEvent, receiver: String, in tally: inout Tally) -> SendQueue.Item? {
        func series(_ item: SendQueue.Item) -> AlertMetrics.Series {
            AlertMetrics.Series(alert: item.notice.identity.name, severity: item.notice.severity)
        }
        switch event {
        case .accepted(let item, let latency):
            tally.metrics.notifications[series(item), default: 0] += 1
            if let latency {
                if tally.latencies.count < latencyLimit {
                    tally.latencies.append(.init(series: series(item), receiver: receiver, latency: latency))
                } else {
                    tally.metrics.lostSamples += 1
                }
            }
            return item
        case .failed(let item):
            tally.metrics.failures[series(item), default: 0] += 1
            return nil
        case .abandoned(let item):
            tally.metrics.failures[series(item), default: 0] += 1
            return item
        case .superseded(let item):
            return item
        }
    }
}
