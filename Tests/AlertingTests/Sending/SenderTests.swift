import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Alerting

@Suite(.onOwnThread) struct SenderTests {
    /// What senders report, counted.
    private final class Reports: Sendable {
        private let events = Mutex<[DeliveryEvent]>([])

        func add(_ new: [DeliveryEvent]) { events.withLock { $0 += new } }

        var accepted: [AlertNotice] {
            events.withLock { $0.compactMap { if case .accepted(let item, _) = $0 { item.notice } else { nil } } }
        }
        var failed: Int {
            events.withLock { $0.count { if case .failed = $0 { true } else { false } } }
        }
        var abandoned: Int {
            events.withLock { $0.count { if case .abandoned = $0 { true } else { false } } }
        }
        var superseded: [UInt64?] {
            events.withLock { $0.compactMap { if case .superseded(let item) = $0 { item.generation } else { nil } } }
        }
        var latencies: [Duration] {
            events.withLock { $0.compactMap { if case .accepted(_, let latency) = $0 { latency } else { nil } } }
        }
    }

    private func sender(
        port: UInt16,
        format: ReceiverSettings.Format = .alertmanagerAPI,
        authorization: ReceiverSettings.Authorization = .none,
        timeout: Duration = .seconds(2),
        queueLimit: Int = 10_000,
        isDryRun: Bool = false,
        _ reports: Reports,
        _ book: LogBook = LogBook()
    ) -> Sender {
        Sender(
            settings: ReceiverSettings(
                url: "http://127.0.0.1:\(port)",
                format: format,
                authorization: authorization,
                timeout: timeout,
                queueLimit: queueLimit
            ),
            payload: Payload(format: format, runbookBase: "r", generatorURL: "", endsAfter: .seconds(900)),
            isDryRun: isDryRun,
            backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50)),
            logger: book.logger,
            report: { reports.add($0) }
        )
    }

    private func stop(_ sender: Sender) {
        sender.beginStop(deadline: Clock.now)
        if !sender.waitForEnd(deadline: Clock.now + .milliseconds(100)) { sender.cancel() }
    }

    private func many(_ count: Int) -> [SendQueue.Item] {
        (0..<count).map { number in
            SendQueue.Item(
                notice: notice(AlertIdentity(.workloadDown, AlertObject(target: "t\(number)"))),
                generation: 1
            )
        }
    }

    @Test("a notice arrives as an alert, is reported with its latency, and the connection is used again")
    func delivers() throws {
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        let reports = Reports()
        let sender = sender(port: receiver.port, reports)
        sender.start()
        sender.enqueue([SendQueue.Item(notice: notice(), generation: 1)])
        let alert = try receiver.firing("CircuitLost")
        #expect(alert.labels["circuit"] == "kr-er-01")
        try eventually("the report") { reports.latencies.count == 1 ? true : nil }
        #expect(reports.latencies.allSatisfy { $0 > .zero })
        stop(sender)
        #expect(receiver.malformed.isEmpty)
    }

    @Test("more alerts than a batch holds all arrive")
    func batches() throws {
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        let reports = Reports()
        let sender = sender(port: receiver.port, reports)
        sender.enqueue(many(500))
        sender.start()
        try eventually("500 alerts", within: .seconds(20)) { reports.accepted.count == 500 ? true : nil }
        #expect(receiver.requests == 8)
        stop(sender)
    }

    @Test("a receiver that answers 500 is tried again until it takes the alert", arguments: [500, 503, 429, 404, 302])
    func retries(status: Int) throws {
        let receiver = try AlertReceiver(behaviour: .fail(status))
        defer { receiver.stop() }
        let (reports, book) = (Reports(), LogBook())
        let sender = sender(port: receiver.port, reports, book)
        sender.start()
        sender.enqueue(many(3))
        try eventually("three tries") { receiver.requests >= 3 ? true : nil }
        #expect(reports.accepted.isEmpty)
        receiver.behaviour = .accept
        try eventually("all accepted") { reports.accepted.count == 3 ? true : nil }
        #expect(book.text.contains("HTTP \(status)"))
        #expect(book.text.contains("reach http://127.0.0.1:\(receiver.port) again"))
        stop(sender)
    }

    @Test("a batch refused in part is sent one by one, once, and what is refused alone is given up and counted")
    func partial() throws {
        let receiver = try AlertReceiver(behaviour: .fail(400))
        defer { receiver.stop() }
        let (reports, book) = (Reports(), LogBook())
        let sender = sender(port: receiver.port, reports, book)
        sender.enqueue(many(5))
        sender.start()
        try eventually("all given up") { reports.abandoned == 5 ? true : nil }
        #expect(receiver.requests == 6)
        #expect(book.text.contains("refuses WorkloadDown for good"))
        receiver.behaviour = .accept
        sender.enqueue(many(1))
        try eventually("a later one") { reports.accepted.count == 1 ? true : nil }
        stop(sender)
    }

    @Test("a receiver that hangs is given up after its time-out and tried again")
    func hangs() throws {
        let receiver = try AlertReceiver(behaviour: .hang)
        defer { receiver.stop() }
        let reports = Reports()
        let sender = sender(port: receiver.port, timeout: .milliseconds(100), reports)
        sender.start()
        sender.enqueue(many(1))
        try eventually("two failures") { reports.failed >= 2 ? true : nil }
        receiver.behaviour = .accept
        try eventually("accepted") { reports.accepted.count == 1 ? true : nil }
        stop(sender)
    }

    @Test("what is under way when another sender takes the place follows it, unless it is accepted")
    func retires() throws {
        let receiver = try AlertReceiver(behaviour: .hang)
        defer { receiver.stop() }
        let reports = Reports()
        let old = sender(port: receiver.port, timeout: .milliseconds(300), reports)
        let heir = sender(port: receiver.port, reports)
        old.start()
        old.enqueue(many(1))
        try eventually("it is under way") { old.waiting == 0 && receiver.requests == 1 ? true : nil }
        old.retire(to: heir)
        receiver.behaviour = .accept
        heir.start()
        try eventually("accepted") { reports.accepted.count == 1 ? true : nil }
        stop(heir)
    }

    /// One whose only notice hangs at a receiver that never answers.
    private func senderUnderWay(_ silent: AlertReceiver, _ reports: Reports) throws -> Sender {
        let sender = sender(port: silent.port, timeout: .seconds(600), reports)
        sender.start()
        sender.enqueue([SendQueue.Item(notice: notice(), generation: 1)])
        try eventually("it is under way") { sender.waiting == 0 && silent.requests == 1 ? true : nil }
        return sender
    }

    @Test(
        "what fails under way at the sender before never follows a newer notice, waiting or sent",
        arguments: [false, true]
    )
    func retiresOlder(isSent: Bool) throws {
        let (silent, receiver) = (try AlertReceiver(behaviour: .hang), try AlertReceiver())
        defer {
            silent.stop()
            receiver.stop()
        }
        let reports = Reports()
        let old = try senderUnderWay(silent, reports)
        let heir = sender(port: receiver.port, reports)
        old.retire(to: heir)
        heir.enqueue([SendQueue.Item(notice: notice(kind: .resolved), generation: 2)])
        if isSent {
            heir.start()
            try eventually("the resolve") { reports.accepted.count == 1 ? true : nil }
        }
        old.cancel()
        try eventually("the older one is needless") { reports.superseded == [1] ? true : nil }
        if !isSent { heir.start() }
        try eventually("the resolve") { reports.accepted.count == 1 ? true : nil }
        #expect(heir.waiting == 0 && reports.accepted.map(\.kind) == [.resolved])
        stop(heir)
    }

    @Test("nor does it after two replacements, of which the one between had nothing to do")
    func retiresOldest() throws {
        let (silent, receiver) = (try AlertReceiver(behaviour: .hang), try AlertReceiver())
        defer {
            silent.stop()
            receiver.stop()
        }
        let reports = Reports()
        let old = try senderUnderWay(silent, reports)
        let (middle, heir) = (sender(port: receiver.port, reports), sender(port: receiver.port, reports))
        for sender in [middle, heir] { sender.start() }
        old.retire(to: middle)
        middle.retire(to: heir)
        #expect(middle.waitForEnd(deadline: Clock.now + .seconds(10)))
        heir.enqueue([SendQueue.Item(notice: notice(kind: .resolved), generation: 2)])
        try eventually("the resolve") { reports.accepted.count == 1 ? true : nil }
        old.cancel()
        try eventually("the older one is needless") { reports.superseded == [1] ? true : nil }
        #expect(heir.waiting == 0 && reports.accepted.map(\.kind) == [.resolved])
        stop(heir)
    }

    @Test("a receiver that died and comes back on its port gets what was kept")
    func dies() throws {
        let first = try AlertReceiver()
        let port = first.port
        let reports = Reports()
        let sender = sender(port: port, reports)
        sender.start()
        sender.enqueue(many(1))
        try eventually("the first") { reports.accepted.count == 1 ? true : nil }
        first.stop()
        sender.enqueue([SendQueue.Item(notice: notice(), generation: 2)])
        try eventually("a failure") { reports.failed >= 1 ? true : nil }
        let second = try AlertReceiver(port: port)
        defer { second.stop() }
        _ = try second.firing("CircuitLost")
        stop(sender)
    }

    @Test("while a receiver is away only the newest state of an alert is kept for it")
    func coalesces() throws {
        let receiver = try AlertReceiver(behaviour: .fail(500))
        defer { receiver.stop() }
        let reports = Reports()
        let sender = sender(port: receiver.port, reports)
        sender.start()
        sender.enqueue([SendQueue.Item(notice: notice(), generation: 1)])
        try eventually("a failure") { reports.failed >= 1 ? true : nil }
        var resolved = notice(kind: .resolved)
        resolved.endsAt = resolved.startsAt
        sender.enqueue([SendQueue.Item(notice: resolved, generation: 2)])
        receiver.behaviour = .accept
        try eventually("the resolve") { reports.accepted.last?.kind == .resolved ? true : nil }
        #expect(sender.waiting == 0)
        stop(sender)
    }

    @Test("a full queue gives up the oldest and counts it")
    func full() throws {
        let reports = Reports()
        let sender = sender(port: 9, queueLimit: 10, reports)
        sender.enqueue(many(25))
        #expect(sender.waiting == 10)
        #expect(reports.abandoned == 15)
    }

    @Test("nothing leaves before its ticket is done, and nothing waits beyond the deadline")
    func tickets() throws {
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        let reports = Reports()
        let sender = sender(port: receiver.port, reports)
        sender.start()
        let ticket = CommitTicket(deadline: Clock.now + .seconds(600))
        sender.enqueue([SendQueue.Item(notice: notice(), generation: 1, ticket: ticket)])
        sender.enqueue([SendQueue.Item(notice: notice(.linkDown), generation: 1)])
        _ = try receiver.firing("LinkDown")
        #expect(!receiver.everFired.contains("CircuitLost"))
        ticket.complete()
        sender.wake()
        _ = try receiver.firing("CircuitLost")
        let late = CommitTicket(deadline: Clock.now + .milliseconds(50))
        sender.enqueue([SendQueue.Item(notice: notice(.vpnDown), generation: 1, ticket: late)])
        _ = try receiver.firing("StandbyPathDown")
        stop(sender)
    }

    @Test("a dry run counts and logs, and opens no connection")
    func dryRun() throws {
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        let (reports, book) = (Reports(), LogBook())
        let sender = sender(port: receiver.port, isDryRun: true, reports, book)
        sender.start()
        sender.enqueue(many(3))
        try eventually("counted") { reports.accepted.count == 3 ? true : nil }
        #expect(receiver.requests == 0)
        #expect(book.text.contains("dry run: WorkloadDown (firing) would go to"))
        stop(sender)
    }

    @Test("a sender whose receiver hangs ends within its time")
    func stops() throws {
        let receiver = try AlertReceiver(behaviour: .hang)
        defer { receiver.stop() }
        let reports = Reports()
        let sender = sender(port: receiver.port, timeout: .seconds(600), reports)
        sender.start()
        sender.enqueue(many(1))
        try eventually("the request") { receiver.requests == 1 ? true : nil }
        sender.beginStop(deadline: Clock.now)
        sender.cancel()
        #expect(sender.waitForEnd(deadline: Clock.now + .seconds(60)))
        #expect(sender.waiting == 1)
    }

    @Test("secrets are sent and appear in no line of the log")
    func secrets() throws {
        let listener = try TCP.listen(on: "127.0.0.1", port: 0)
        defer { close(listener) }
        let request = Mutex("")
        let (reports, book) = (Reports(), LogBook())
        let sender = sender(
            port: TCP.port(of: listener),
            authorization: .bearer(.value(Secret("hunter2"))),
            timeout: .milliseconds(300),
            reports,
            book
        )
        sender.start()
        sender.enqueue(many(1))
        let connection = accept(listener, nil, nil)
        try eventually("the request") {
            let bytes = TCP.receive(connection) ?? []
            return request.withLock { text -> Bool? in
                text += String(decoding: bytes, as: UTF8.self)
                return text.contains("\r\n\r\n") ? true : nil
            }
        }
        let text = request.withLock { $0 }
        #expect(text.contains("POST /api/v2/alerts HTTP/1.1"))
        #expect(text.contains("Authorization: Bearer hunter2"))
        #expect(text.contains("Content-Type: application/json"))
        #expect(!text.contains("Expect:"))
        TCP.send(Array("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".utf8), to: connection)
        try eventually("the failure") { reports.failed >= 1 ? true : nil }
        #expect(book.text.contains("HTTP 401"))
        #expect(!book.text.contains("hunter2"))
        close(connection)
        stop(sender)
    }
}
