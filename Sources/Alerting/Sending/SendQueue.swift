import Model

/// What waits for one receiver: the newest notice about each alert, oldest first, bounded.
struct SendQueue {
    struct Item: Sendable {
        var notice: AlertNotice
        /// Of the outbox row; nil when the notice is not in the outbox.
        var generation: UInt64?
        /// nil: nothing on disk to wait for.
        var ticket: CommitTicket?
        /// Send it in a request of its own: a batch with it was refused.
        var isAlone = false

        func isReleased(at now: MonotonicTime) -> Bool {
            guard let ticket else { return true }
            return now >= ticket.deadline || ticket.isDone
        }
    }

    private var items: [AlertLabels: (item: Item, position: UInt64)] = [:]
    /// Labels by position; entries that were replaced meanwhile are skipped.
    private var order: [(labels: AlertLabels, position: UInt64)] = []
    private var start = 0
    private var nextPosition: UInt64 = 0
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { items.count }
    var isEmpty: Bool { items.isEmpty }

    /// Adds a notice in the place of an older one about the same alert.
    /// - Returns: the oldest item when it had to make room.
    mutating func push(_ new: Item) -> Item? {
        var new = new
        let labels = new.notice.labels
        if let old = items[labels]?.item {
            Self.inherit(from: old, by: &new)
            items[labels]?.item = new
            return nil
        }
        var dropped: Item?
        if items.count >= limit { dropped = popFirst() }
        items[labels] = (new, nextPosition)
        order.append((labels, nextPosition))
        nextPosition += 1
        compact()
        return dropped
    }

    /// Puts back what could not be sent, unless something newer about the same alert has come meanwhile.
    /// - Returns: the items that newer ones made needless.
    mutating func pushBack(_ old: [Item]) -> [Item] {
        let (needless, dropped) = takeBack(old)
        return needless + dropped
    }

    /// As `pushBack`.
    /// - Parameter told: alerts of which something newer has left already.
    /// - Returns: the items that newer ones made needless, and those that had to make room.
    mutating func takeBack(_ old: [Item], told: Set<AlertLabels> = []) -> (needless: [Item], dropped: [Item]) {
        var needless: [Item] = []
        var dropped: [Item] = []
        for item in old {
            let labels = item.notice.labels
            if told.contains(labels) {
                needless.append(item)
                continue
            }
            guard var newer = items[labels]?.item else {
                if let oldest = push(item) { dropped.append(oldest) }
                continue
            }
            let generation = newer.generation
            Self.inherit(from: item, by: &newer)
            items[labels]?.item = newer
            if generation != nil, item.generation != nil { needless.append(item) }
        }
        return (needless, dropped)
    }

    /// A repetition adds nothing to news that were not sent yet: they stay news, with their outbox row and the moment
    /// of their decision.
    private static func inherit(from old: Item, by new: inout Item) {
        guard old.notice.isNews, !new.notice.isNews, old.notice.isResolved == new.notice.isResolved else { return }
        new.notice.kind = old.notice.kind
        new.notice.decidedAt = old.notice.decidedAt
        new.generation = new.generation ?? old.generation
        new.ticket = new.ticket ?? old.ticket
        new.isAlone = new.isAlone || old.isAlone
    }

    /// Takes the oldest items that may leave now: one that must go alone, or several of one group.
    mutating func take(
        limit: Int,
        at now: MonotonicTime,
        group: (AlertNotice) -> String
    ) -> [Item] {
        var taken: [Item] = []
        var name: String?
        for index in start..<order.count {
            let (labels, position) = order[index]
            if taken.count >= limit { break }
            guard let (item, current) = items[labels], current == position else { continue }
            guard item.isReleased(at: now) else { continue }
            if item.isAlone {
                guard taken.isEmpty else { continue }
                items[labels] = nil
                return [item]
            }
            let itsGroup = group(item.notice)
            guard name == nil || name == itsGroup else { continue }
            name = itsGroup
            items[labels] = nil
            taken.append(item)
        }
        compact()
        return taken
    }

    /// When the next item is released that waits for its ticket.
    var nextRelease: MonotonicTime? {
        items.values.compactMap(\.item.ticket?.deadline).min()
    }

    /// Takes everything, oldest first.
    mutating func popAll() -> [Item] {
        var all: [Item] = []
        while let item = popFirst() { all.append(item) }
        return all
    }

    private mutating func popFirst() -> Item? {
        while start < order.count {
            let (labels, position) = order[start]
            start += 1
            if let (item, current) = items[labels], current == position {
                items[labels] = nil
                return item
            }
        }
        return nil
    }

    /// Keeps the order list within twice the items.
    private mutating func compact() {
        guard order.count > 2 * items.count + 64 else { return }
        order = order[start...].filter { items[$0.labels]?.position == $0.position }
        start = 0
    }
}
