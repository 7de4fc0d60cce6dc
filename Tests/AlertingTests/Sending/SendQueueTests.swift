import Model
import TestSupport
import Testing

@testable import Alerting

@Suite struct SendQueueTests {
    private func item(_ number: Int, _ kind: AlertNotice.Kind = .fired, generation: UInt64? = 1) -> SendQueue.Item {
        let identity = AlertIdentity(.workloadDown, AlertObject(target: "icmp://10.0.0.\(number)"))
        return SendQueue.Item(notice: notice(identity, kind: kind), generation: generation)
    }

    private func take(_ queue: inout SendQueue, limit: Int = 64) -> [SendQueue.Item] {
        queue.take(limit: limit, at: Clock.now) { _ in "" }
    }

    @Test("items leave in the order they came, no more than a batch at once")
    func order() {
        var queue = SendQueue(limit: 100)
        for number in 0..<70 { #expect(queue.push(item(number)) == nil) }
        let first = take(&queue)
        #expect(first.count == 64)
        #expect(first.first?.notice.identity.object.target == "icmp://10.0.0.0")
        #expect(take(&queue).count == 6)
        #expect(queue.isEmpty)
    }

    @Test("only the newest state of an alert stays")
    func coalesces() {
        var queue = SendQueue(limit: 100)
        _ = queue.push(item(1))
        _ = queue.push(item(2))
        _ = queue.push(item(1, .resolved, generation: 2))
        let taken = take(&queue)
        #expect(taken.map(\.notice.kind) == [.resolved, .fired])
        #expect(taken.first?.generation == 2)
    }

    @Test("a repetition does not make unsent news old")
    func keepsNews() {
        var queue = SendQueue(limit: 100)
        let news = item(1)
        _ = queue.push(news)
        _ = queue.push(item(1, .firingAgain, generation: nil))
        let taken = take(&queue)
        #expect(taken.map(\.notice.kind) == [.fired])
        #expect(taken.first?.generation == 1)
        #expect(taken.first?.notice.decidedAt == news.notice.decidedAt)
    }

    @Test("a full queue gives up its oldest")
    func bounded() {
        var queue = SendQueue(limit: 10)
        var dropped: [String] = []
        for number in 0..<25 {
            if let item = queue.push(item(number)) { dropped.append(item.notice.identity.object.target ?? "") }
        }
        #expect(queue.count == 10)
        #expect(dropped.count == 15)
        #expect(dropped.first == "icmp://10.0.0.0")
    }

    @Test("an item waits for its ticket, but not beyond the deadline")
    func tickets() {
        var queue = SendQueue(limit: 10)
        let now = Clock.now
        var waiting = item(1)
        let ticket = CommitTicket(deadline: now + .seconds(1))
        waiting.ticket = ticket
        _ = queue.push(waiting)
        _ = queue.push(item(2))
        #expect(queue.take(limit: 64, at: now) { _ in "" }.count == 1)
        #expect(queue.nextRelease == now + .seconds(1))
        #expect(queue.take(limit: 64, at: now + .milliseconds(999)) { _ in "" }.isEmpty)
        #expect(queue.take(limit: 64, at: now + .seconds(1)) { _ in "" }.count == 1)
        _ = queue.push(waiting)
        ticket.complete()
        #expect(queue.take(limit: 64, at: now) { _ in "" }.count == 1)
    }

    @Test("what failed comes back unless something newer came, which then makes its outbox row needless")
    func pushBack() {
        var queue = SendQueue(limit: 10)
        let (failed, other) = (item(1), item(2))
        _ = queue.push(item(1, .resolved, generation: 9))
        let needless = queue.pushBack([failed, other])
        #expect(needless.map(\.generation) == [1])
        let taken = take(&queue)
        #expect(taken.map(\.notice.kind) == [.resolved, .fired])
    }

    @Test("what comes from another queue replaces nothing newer, waiting or told; what it pushes out is lost")
    func takeBack() {
        var queue = SendQueue(limit: 2)
        _ = queue.push(item(1, .resolved, generation: 9))
        let told: Set = [item(2).notice.labels]
        let (needless, dropped) = queue.takeBack([item(1), item(2, generation: 2), item(3), item(4)], told: told)
        #expect(needless.map(\.generation) == [1, 2])
        #expect(dropped.map(\.notice.kind) == [.resolved])
        #expect(take(&queue).map(\.notice.identity.object.target) == ["icmp://10.0.0.3", "icmp://10.0.0.4"])
    }

    @Test("items of different groups and items that must go alone never share a batch")
    func groups() {
        var queue = SendQueue(limit: 10)
        var alone = item(3)
        alone.isAlone = true
        for one in [item(1), alone, item(2)] { _ = queue.push(one) }
        let group: (AlertNotice) -> String = { $0.identity.object.target == "icmp://10.0.0.1" ? "a" : "b" }
        #expect(queue.take(limit: 64, at: Clock.now, group: group).count == 1)
        #expect(queue.take(limit: 64, at: Clock.now, group: group).map(\.isAlone) == [true])
        #expect(queue.take(limit: 64, at: Clock.now, group: group).count == 1)
    }

    @Test("a million changes of few alerts keep the queue small")
    func memory() {
        var queue = SendQueue(limit: 10)
        for round in 0..<20_000 {
            _ = queue.push(item(round % 5))
            if round % 3 == 0 { _ = queue.pushBack(take(&queue, limit: 2)) }
        }
        #expect(queue.count <= 5)
    }

    @Test("the waits double up to the most, and chance shortens them by half at most")
    func backoff() {
        var backoff = Backoff()
        let full = (0..<12).map { _ in backoff.next(random: 0) }
        #expect(full.prefix(4) == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
        #expect(full.last == .seconds(30))
        backoff.reset()
        #expect(backoff.next(random: 1) == .milliseconds(125))
    }
}
