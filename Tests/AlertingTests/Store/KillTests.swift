import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Alerting

/// A kill at any moment leaves what the kernel has of both files. The log only grows between checkpoints, so a copy
/// of the database and then of the log is what a kill during that time would have left.
@Suite(.onOwnThread) struct KillTests {
    @Test("whatever was acknowledged before a kill is there after it, and nothing torn is taken for true")
    func anyMoment() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = AlertStore(directory: folder.path, logger: LogBook().logger) {}
        store.start()
        let acknowledged = Mutex<Set<String>>([])
        let isDone = Atomic(false)
        let all = records(300)
        Thread.detach {
            for record in all {
                let ticket = CommitTicket(deadline: Clock.now)
                store.submit([.alert(.put(record))], ticket: ticket, at: Clock.now)
                while !ticket.isDone { Thread.sleep(.microseconds(50)) }
                acknowledged.withLock { _ = $0.insert(record.key) }
            }
            isDone.store(true, ordering: .releasing)
        }
        var round = 0
        while !isDone.load(ordering: .acquiring) {
            round += 1
            let before = acknowledged.withLock { $0 }
            let copy = "\(folder.path)/copy-\(round)"
            mkdir(copy, 0o700)
            for name in ["alerts.db", "alerts.db-wal"] {
                _ = try? Shell.run("cp", "\(folder.path)/\(name)", copy)
            }
            let loaded = try StateFile(directory: copy).load(at: Clock.now)
            #expect(loaded.damaged == 0)
            #expect(before.isSubset(of: loaded.image.alerts.keys), "round \(round)")
            for (key, record) in loaded.image.alerts { #expect(all.contains { $0.key == key && $0 == record }) }
        }
        #expect(round > 0)
        store.stop(deadline: Clock.now + .seconds(5))
    }

    private func records(_ count: Int) -> [AlertRecord] {
        (0..<count).map { number in
            let identity = AlertIdentity(.workloadDown, AlertObject(link: "l", target: "t\(number)"))
            return AlertRecord(
                phase: .firing,
                identity: identity,
                severity: .warning,
                labels: AlertLabels(identity.object.labels),
                annotations: AlertAnnotations(summary: "s", description: "d"),
                startsAt: at(Double(number)).wall
            )
        }
    }
}
