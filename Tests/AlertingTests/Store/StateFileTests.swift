import Glibc
import Model
import TestSupport
import Testing

@testable import Alerting

@Suite(.onOwnThread) struct StateFileTests {
    private func image(_ count: Int) -> StateImage {
        var image = StateImage()
        var book = exampleBook()
        for index in 0..<count {
            let identity = AlertIdentity(
                .workloadDown,
                AlertObject(link: "seoul-koreacentral", target: "icmp://10.1.0.\(index)")
            )
            var one = judgement([condition(identity)])
            one.scope.targets["seoul-koreacentral"] = ["icmp://10.1.0.\(index)"]
            for notice in book.apply(one, at: at(Double(index))).notices where notice.isNews {
                image.outbox[.init(receiver: "a", labels: notice.labels)] = .init(notice: notice, generation: 0)
            }
        }
        for record in book.records(at: at(100)) { image.alerts[record.key] = record }
        return image
    }

    private func write(_ image: StateImage, in directory: String) throws {
        try StateFile(directory: directory).write(StateRows(), of: image, all: true)
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "rb"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    private func put(_ bytes: [UInt8], at path: String) throws {
        let file = try #require(fopen(path, "wb"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try body(folder.path)
    }

    @Test("what was written is read back: every state, every unsent notice")
    func roundTrip() throws {
        try withFolder { path in
            let written = image(5)
            try write(written, in: path)
            let (read, damaged) = try StateFile(directory: path).load(at: at(0).monotonic)
            #expect(damaged == 0)
            #expect(read.alerts == written.alerts)
            #expect(Set(read.outbox.keys) == Set(written.outbox.keys))
            #expect(read.alerts.count > 0 && read.outbox.count == 5)
        }
    }

    @Test("a single row can be replaced and removed")
    func rows() throws {
        try withFolder { path in
            var written = image(3)
            try write(written, in: path)
            let gone = try #require(written.alerts.keys.sorted().first)
            var rows = StateRows()
            written.apply(.alert(.remove(key: gone)), touched: &rows)
            try StateFile(directory: path).write(rows, of: written, all: false)
            let read = try StateFile(directory: path).load(at: at(0).monotonic).image
            #expect(read.alerts == written.alerts)
        }
    }

    @Test("a file that says it was written at an impossible time tells none", arguments: ["1900-01-01", "2300-01-01"])
    func impossibleTime(day: String) throws {
        try withFolder { path in
            let file = path + "/alerts.db"
            try put([], at: file)
            #expect(StateFile.lastWrite(in: path) != nil)
            try Shell.run("touch", "-d", day, file)
            let seconds = try Int64(Shell.run("stat", "-c", "%Y", file).filter { !$0.isWhitespace })
            guard let seconds, seconds < 0 || seconds > 9_300_000_000 else {
                print("notice: test not run: this file system has no such time")
                return
            }
            #expect(StateFile.lastWrite(in: path) == nil)
        }
    }

    @Test("a file of a newer version is refused by name and left as it is")
    func newer() throws {
        try withFolder { path in
            try write(image(1), in: path)
            try Database(path: path + "/alerts.db").run("PRAGMA user_version = 7")
            let before = try bytes(path + "/alerts.db")
            #expect(throws: StateFileError.newer(path: path + "/alerts.db", version: 7)) {
                try StateFile(directory: path)
            }
            #expect(try bytes(path + "/alerts.db") == before)
        }
    }

    @Test("a second process finds the file in use")
    func inUse() throws {
        try withFolder { path in
            let first = try StateFile(directory: path)
            try withExtendedLifetime(first) { () throws in
                let error = try #require(throws: StateFileError.self) { try StateFile(directory: path) }
                #expect(error.description.contains("in use by another netprobe"))
            }
        }
    }

    /// Opens the store on whatever lies in `directory`; it must end healthy.
    private func survives(_ directory: String, _ book: LogBook) {
        var session = StoreSession(directory: directory, logger: book.logger)
        _ = session.open()
        session.take([.alert(.remove(key: "nothing"))])
        _ = session.flush()
        defer { session.close() }
        let isNewer = session.failure?.contains("newer version") == true
        #expect(session.isHealthy || isNewer, "\(session.failure ?? "")")
    }

    @Test("a file cut short anywhere is read as far as it goes or set aside")
    func truncated() throws {
        try withFolder { path in
            let source = path + "/source"
            mkdir(source, 0o700)
            try write(image(4), in: source)
            let whole = try bytes(source + "/alerts.db")
            let book = LogBook()
            for length in Swift.stride(from: 0, to: whole.count, by: 397) {
                let directory = "\(path)/cut-\(length)"
                mkdir(directory, 0o700)
                try put(Array(whole[..<length]), at: directory + "/alerts.db")
                survives(directory, book)
            }
            #expect(book.text.contains("is kept as"))
        }
    }

    @Test("a flipped bit anywhere never stops the start, and never changes an alert unnoticed")
    func flipped() throws {
        try withFolder { path in
            let source = path + "/source"
            mkdir(source, 0o700)
            let written = image(4)
            try write(written, in: source)
            let whole = try bytes(source + "/alerts.db")
            let book = LogBook()
            let directory = path + "/flip"
            mkdir(directory, 0o700)
            for position in Swift.stride(from: 0, to: whole.count, by: 61) {
                var damaged = whole
                damaged[position] ^= 1 << UInt8(position % 8)
                unlink(directory + "/alerts.db-wal")
                try put(damaged, at: directory + "/alerts.db")
                var session = StoreSession(directory: directory, logger: book.logger)
                let loaded = session.open()
                for (key, record) in loaded?.alerts ?? [:] { #expect(written.alerts[key] == record) }
                session.close()
            }
        }
    }

    @Test("garbage is set aside under another name, and a fresh file is begun")
    func garbage() throws {
        try withFolder { path in
            try put((0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }, at: path + "/alerts.db")
            let book = LogBook()
            survives(path, book)
            #expect(book.text.contains("alerts.db is damaged"))
            #expect(book.text.contains(".corrupt-"))
            let listing = try Shell.run("ls", path)
            #expect("\(listing)".contains("alerts.db.corrupt-"))
            #expect(try StateFile(directory: path).load(at: at(0).monotonic).damaged == 0)
        }
    }

    @Test("a power cut after any commit leaves what that commit said")
    func powerCut() throws {
        try withFolder { path in
            let live = path + "/live"
            mkdir(live, 0o700)
            var expected = StateImage()
            let all = image(6).alerts.sorted { $0.key < $1.key }
            let file = try StateFile(directory: live)
            for (step, entry) in all.enumerated() {
                var rows = StateRows()
                expected.apply(.alert(.put(entry.value)), touched: &rows)
                try file.write(rows, of: expected, all: false)
                let copy = "\(path)/copy-\(step)"
                mkdir(copy, 0o700)
                try put(try bytes(live + "/alerts.db"), at: copy + "/alerts.db")
                try put(try bytes(live + "/alerts.db-wal"), at: copy + "/alerts.db-wal")
                #expect(try StateFile(directory: copy).load(at: at(0).monotonic).image.alerts == expected.alerts)
            }
        }
    }

    @Test("a log torn anywhere loses at most the commits behind the tear")
    func tornLog() throws {
        try withFolder { path in
            let live = path + "/live"
            mkdir(live, 0o700)
            var expected = StateImage()
            var states: [[String: AlertRecord]] = [[:]]
            let file = try StateFile(directory: live)
            for entry in image(4).alerts.sorted(by: { $0.key < $1.key }) {
                var rows = StateRows()
                expected.apply(.alert(.put(entry.value)), touched: &rows)
                try file.write(rows, of: expected, all: false)
                states.append(expected.alerts)
            }
            let database = try bytes(live + "/alerts.db")
            let log = try bytes(live + "/alerts.db-wal")
            for length in Swift.stride(from: 0, through: log.count, by: 1111) {
                let copy = "\(path)/torn-\(length)"
                mkdir(copy, 0o700)
                try put(database, at: copy + "/alerts.db")
                try put(Array(log[..<length]), at: copy + "/alerts.db-wal")
                let read = try StateFile(directory: copy).load(at: at(0).monotonic).image.alerts
                #expect(states.contains(read))
            }
        }
    }
}
