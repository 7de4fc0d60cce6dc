import Glibc
import Model
import TestSupport
import Testing

@testable import Alerting

@Suite(.onOwnThread) struct AlertStoreTests {
    private func change() -> [StateChange] {
        var book = exampleBook()
        return book.apply(judgement([condition(.circuitLost)]), at: at(0)).changes.map(StateChange.alert)
    }

    private func committed(_ store: AlertStore) throws {
        let ticket = CommitTicket(deadline: Clock.now)
        store.submit(change(), ticket: ticket, at: Clock.now)
        try eventually("the commit", within: .seconds(10)) { ticket.isDone ? true : nil }
    }

    @Test("a ticket is done only when the change can be read from the disk")
    func ticket() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = AlertStore(directory: folder.path, logger: LogBook().logger) {}
        store.start()
        try committed(store)
        let copy = folder.path + "/copy"
        mkdir(copy, 0o700)
        _ = try Shell.run("cp", folder.path + "/alerts.db", folder.path + "/alerts.db-wal", copy)
        #expect(try StateFile(directory: copy).load(at: Clock.now).image.alerts.count == 1)
        store.stop(deadline: Clock.now + .seconds(30))
    }

    @Test("a directory that cannot be had is a problem by name, and mends itself when it appears")
    func mends() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let book = LogBook()
        let parent = folder.path + "/later"
        let store = AlertStore(directory: parent + "/state", logger: book.logger, retryEvery: .milliseconds(20)) {}
        store.start()
        store.waitUntilStarted(deadline: Clock.now + .seconds(5))
        let problem = try #require(store.problem(at: Clock.now, tolerance: .zero))
        #expect(problem.contains("later/state"))
        store.submit(change(), ticket: nil, at: Clock.now)
        mkdir(parent, 0o700)
        try eventually("the store to mend", within: .seconds(10)) {
            store.problem(at: Clock.now, tolerance: .seconds(1)) == nil ? true : nil
        }
        #expect(book.text.contains("alerts go on from memory"))
        #expect(book.text.contains("on disk again"))
        store.stop(deadline: Clock.now + .seconds(30))
        #expect(try StateFile(directory: parent + "/state").load(at: Clock.now).image.alerts.count == 1)
    }

    @Test("a full disk is a problem, and everything is written once there is space")
    func fullDisk() throws {
        guard Requirement.met(.root) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=256k") == 0 else {
            print("notice: test not run: this container may not mount a tmpfs")
            return
        }
        defer { umount(folder.path) }
        let store = AlertStore(directory: folder.path, logger: LogBook().logger, retryEvery: .milliseconds(20)) {}
        store.start()
        try committed(store)
        let filler = try #require(fopen(folder.path + "/filler", "wb"))
        let block = [UInt8](repeating: 1, count: 4096)
        while fwrite(block, 1, block.count, filler) == block.count, fflush(filler) == 0 {}
        fclose(filler)
        var rows: [StateChange] = []
        for index in 0..<400 {
            let identity = AlertIdentity(
                .workloadDown,
                AlertObject(link: "l", target: "icmp://10.1.\(index / 250).\(index % 250)")
            )
            rows.append(
                .queued(
                    .init(receiver: "a", labels: notice(identity).labels),
                    .init(notice: notice(identity), generation: 1)
                )
            )
        }
        let ticket = CommitTicket(deadline: Clock.now)
        store.submit(rows, ticket: ticket, at: Clock.now)
        try eventually("the problem", within: .seconds(10)) { store.problem(at: Clock.now, tolerance: .seconds(60)) }
        #expect(!ticket.isDone)
        unlink(folder.path + "/filler")
        _ = mount("tmpfs", folder.path, "tmpfs", UInt(MS_REMOUNT), "size=8m")
        try eventually("the store to mend", within: .seconds(10)) {
            store.problem(at: Clock.now, tolerance: .seconds(60)) == nil ? true : nil
        }
        store.stop(deadline: Clock.now + .seconds(30))
        #expect(try StateFile(directory: folder.path).load(at: Clock.now).image.outbox.count == 400)
    }

    @Test("state of a newer version is left alone; the store says so and goes on from memory")
    func newerVersion() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Database(path: folder.path + "/alerts.db").run("PRAGMA user_version = 2")
        let store = AlertStore(directory: folder.path, logger: LogBook().logger) {}
        store.start()
        store.waitUntilStarted(deadline: Clock.now + .seconds(5))
        let problem = try #require(store.problem(at: Clock.now, tolerance: .zero))
        #expect(problem.contains("newer version"))
        store.stop(deadline: Clock.now + .seconds(30))
        #expect(try Database(path: folder.path + "/alerts.db").integer("PRAGMA user_version") == 2)
    }

    @Test("requests that pile up while a disk hangs are folded into one with the same effect")
    func compacts() {
        var random = SeededGenerator(seed: 7)
        var requests: [AlertStore.Request] = []
        let key = StateImage.OutboxKey(receiver: "a", labels: notice().labels)
        var book = exampleBook()
        let put = book.apply(judgement([condition(.circuitLost)]), at: at(0)).changes[0]
        for generation in 0..<500 as Range<UInt64> {
            let change: StateChange =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: .alert(put)
                case 1: .alert(.remove(key: put.key))
                case 2: .queued(key, .init(notice: notice(), generation: generation))
                default: .settled(key, generation: generation - min(generation, 1))
                }
            requests.append(.init(changes: [change], ticket: nil, submittedAt: at(0).monotonic))
            func image(_ requests: [AlertStore.Request]) -> StateImage {
                var (image, rows) = (StateImage(), StateRows())
                for change in requests.flatMap(\.changes) { image.apply(change, touched: &rows) }
                return image
            }
            #expect(image(AlertStore.compacted(requests)) == image(requests))
            #expect(AlertStore.compacted(requests).count == 1)
        }
    }
}
