import Glibc
import Model
import TestSupport
import Testing

@testable import Alerting

@Suite(.onOwnThread) struct AlertEngineTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try body(folder.path)
    }

    @Test("an alert is on disk before it is sent")
    func writtenFirst() throws {
        try withFolder { path in
            let receiver = try AlertReceiver()
            defer { receiver.stop() }
            let harness = EngineHarness(ports: [receiver.port], directory: path)
            harness.step([condition(.circuitLost)])
            _ = try receiver.firing("CircuitLost")
            let copy = path + "/copy"
            mkdir(copy, 0o700)
            _ = try Shell.run("cp", path + "/alerts.db", path + "/alerts.db-wal", copy)
            let image = try StateFile(directory: copy).load(at: Clock.now).image
            #expect(image.alerts.values.map(\.identity) == [.circuitLost])
            harness.engine.stop()
        }
    }

    @Test("a receiver that hangs delays no other, and gets the alert when it lives again")
    func independent() throws {
        try withFolder { path in
            let hanging = try AlertReceiver(behaviour: .hang)
            let good = try AlertReceiver()
            defer {
                hanging.stop()
                good.stop()
            }
            let harness = EngineHarness(ports: [hanging.port, good.port], directory: path)
            harness.step([condition(.circuitLost)])
            _ = try good.firing("CircuitLost")
            #expect(hanging.alerts.isEmpty)
            harness.step([condition(.circuitLost), condition(.linkDown)])
            _ = try good.firing("LinkDown")
            hanging.behaviour = .accept
            _ = try hanging.firing("CircuitLost")
            _ = try hanging.firing("LinkDown")
            harness.engine.stop()
        }
    }

    @Test("a restart in the middle of an outage keeps startsAt and does not fire anew")
    func restart() throws {
        try withFolder { path in
            let receiver = try AlertReceiver()
            defer { receiver.stop() }
            let first = EngineHarness(ports: [receiver.port], directory: path)
            first.step([condition(.circuitLost)])
            let before = try receiver.firing("CircuitLost")
            first.engine.stop()
            let second = EngineHarness(ports: [receiver.port], directory: path)
            second.step([.unknown(.circuitLost)])
            second.step([condition(.circuitLost)])
            try eventually("the repetition") { receiver.alerts.count >= 2 ? true : nil }
            #expect(receiver.alerts.allSatisfy { $0.startsAt == before.startsAt && !$0.isResolved })
            #expect(second.engine.events().isEmpty)
            #expect(second.engine.activeAlerts().map(\.state) == [.firing])
            second.engine.stop()
        }
    }

    @Test("what a receiver never took is sent after a kill and a start, and then leaves the outbox")
    func outbox() throws {
        try withFolder { path in
            let dead = try AlertReceiver(behaviour: .fail(500))
            let port = dead.port
            let first = EngineHarness(ports: [port], directory: path, format: .alertmanager)
            first.step([condition(.circuitLost, clearFor: .zero)])
            first.step([])
            try eventually("a try") { dead.requests >= 1 ? true : nil }
            first.engine.stop()
            dead.stop()
            let store = try StateFile(directory: path).load(at: Clock.now).image
            #expect(store.outbox.values.map(\.notice.kind) == [.resolved])
            let second = EngineHarness(ports: [port], directory: path, format: .alertmanager)
            let alive = try AlertReceiver(port: port)
            defer { alive.stop() }
            second.step([])
            try eventually("the kept notice") { alive.requests >= 1 ? true : nil }
            second.engine.stop()
        }
    }

    @Test("accepted notices leave the outbox")
    func outboxEmpties() throws {
        try withFolder { path in
            let receiver = try AlertReceiver()
            defer { receiver.stop() }
            let harness = EngineHarness(ports: [receiver.port], directory: path)
            harness.step([condition(.circuitLost)])
            _ = try receiver.firing("CircuitLost")
            try eventually("the count") { harness.engine.metrics().notifications.values.first }
            harness.engine.stop()
            let image = try StateFile(directory: path).load(at: Clock.now).image
            #expect(image.outbox.isEmpty && image.alerts.count == 1)
        }
    }

    @Test("an orderly stop resolves nothing")
    func stopResolvesNothing() throws {
        try withFolder { path in
            let receiver = try AlertReceiver()
            defer { receiver.stop() }
            let harness = EngineHarness(ports: [receiver.port], directory: path)
            harness.step([condition(.circuitLost)])
            _ = try receiver.firing("CircuitLost")
            harness.engine.stop()
            harness.step([])
            #expect(receiver.alerts.allSatisfy { !$0.isResolved })
        }
    }

    @Test("without a disk the alert goes out all the same, and the problem is named")
    func noDisk() throws {
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        let harness = EngineHarness(ports: [receiver.port], directory: "/proc/nothing/here")
        harness.step([condition(.circuitLost)])
        _ = try receiver.firing("CircuitLost")
        #expect(harness.engine.stateProblem()?.contains("/proc/nothing/here") == true)
        harness.engine.stop()
    }

    @Test("counters, latencies, events and active alerts tell what happened")
    func tells() throws {
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        let harness = EngineHarness(ports: [receiver.port], directory: nil)
        harness.step([condition(.circuitLost, clearFor: .zero), condition(.linkDown, holdFor: .seconds(60))])
        _ = try receiver.firing("CircuitLost")
        let series = AlertMetrics.Series(alert: .circuitLost, severity: .critical)
        try eventually("the count") { harness.engine.metrics().notifications[series] == 1 ? true : nil }
        #expect(harness.engine.metrics().active == [series: 1])
        #expect(harness.engine.activeAlerts().map(\.state) == [.firing, .pending])
        harness.step([])
        _ = try receiver.resolved("CircuitLost")
        #expect(harness.engine.events().map(\.kind) == [.fired, .resolved])
        try eventually("both latencies") { harness.engine.metrics().notifications[series] == 2 ? true : nil }
        #expect(harness.engine.takeLatencies().count == 2)
        #expect(harness.engine.takeLatencies().isEmpty)
        harness.engine.stop()
        #expect(harness.book.text.contains("alert CircuitLost fires (critical): CircuitLost holds"))
        #expect(harness.book.text.contains("alert CircuitLost is resolved"))
    }

    @Test("a reload resolves what is gone, keeps the queues of receivers that stay, and ends those that go")
    func reload() throws {
        let (stays, goes) = (try AlertReceiver(), try AlertReceiver())
        defer {
            stays.stop()
            goes.stop()
        }
        let harness = EngineHarness(ports: [stays.port, goes.port], directory: nil)
        harness.step([condition(.circuitLost)])
        _ = try stays.firing("CircuitLost")
        _ = try goes.firing("CircuitLost")
        let kept = ReceiverSettings(
            url: "http://127.0.0.1:\(stays.port)",
            format: .alertmanagerAPI,
            timeout: .milliseconds(200)
        )
        harness.engine.update(AlertSettings(topology: exampleTopology(), receivers: [kept]))
        harness.step([condition(.circuitLost), condition(.linkDown)])
        _ = try stays.firing("LinkDown")
        #expect(!goes.everFired.contains("LinkDown"))
        #expect(harness.engine.metrics().waiting.keys.sorted() == [kept.name])
        harness.engine.stop()
    }

    @Test("a receiver that a reload brings hears at once what fires; one that it changes keeps its queue")
    func newReceiver() throws {
        let (first, added) = (try AlertReceiver(behaviour: .fail(500)), try AlertReceiver())
        defer {
            first.stop()
            added.stop()
        }
        let harness = EngineHarness(ports: [first.port], directory: nil, format: .alertmanager)
        harness.step([condition(.circuitLost)])
        try eventually("a try") { first.requests >= 1 ? true : nil }
        let changed = ReceiverSettings(
            url: "http://127.0.0.1:\(first.port)",
            format: .alertmanager,
            timeout: .seconds(3)
        )
        let other = ReceiverSettings(url: "http://127.0.0.1:\(added.port)", format: .alertmanagerAPI)
        let before = first.requests
        harness.engine.update(AlertSettings(topology: exampleTopology(), receivers: [changed, other]))
        harness.step([condition(.circuitLost)])
        _ = try added.firing("CircuitLost")
        try eventually("another try") { first.requests > before ? true : nil }
        harness.engine.stop()
    }
}
