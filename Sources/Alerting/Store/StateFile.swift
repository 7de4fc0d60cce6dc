import CSQLite
import Glibc
import Model

/// Why the state cannot be kept on disk.
enum StateFileError: Error, Equatable, CustomStringConvertible {
    case newer(path: String, version: Int64)
    case corrupt(path: String, cause: String)
    case unavailable(path: String, cause: String)
    case inUse(path: String)

    var description: String {
        switch self {
        case .newer(let path, let version):
            "\(path) was written by a newer version (schema \(version), this one reads \(StateFile.version)); "
                + "it is left as it is, install the newer version or move the file away"
        case .corrupt(let path, let cause):
            "\(path) is damaged: \(cause)"
        case .unavailable(let path, let cause):
            "\(path) cannot be used: \(cause); check that the directory exists, has space and belongs to the user that "
                + "netprobe runs as (root's right to write everywhere is given up at the start)"
        case .inUse(let path):
            "\(path) is in use by another netprobe; give each its own state_directory"
        }
    }
}

/// The file with alert states and outbox: SQLite with a write-ahead log, each commit on disk before it returns.
final class StateFile {
    static let version: Int64 = 1
    static let name = "alerts.db"

    let path: String
    private let database: Database

    /// Opens or creates the file in `directory`.
    init(directory: String) throws(StateFileError) {
        let path = directory + "/" + Self.name
        self.path = path
        do {
            database = try Database(path: path)
            // One process at a time; this also keeps the log's index in memory, so that there is no third file.
            try database.run("PRAGMA locking_mode = EXCLUSIVE")
            try database.run("PRAGMA cell_size_check = ON")
            let version = try database.integer("PRAGMA user_version") ?? 0
            guard version <= Self.version else { throw StateFileError.newer(path: path, version: version) }
            guard version >= 0 else { throw StateFileError.corrupt(path: path, cause: "schema version \(version)") }
            try database.run("PRAGMA journal_mode = WAL")
            try database.run("PRAGMA synchronous = FULL")
            let verdict = try database.text("PRAGMA quick_check(1)") ?? "no answer"
            guard verdict == "ok" else { throw StateFileError.corrupt(path: path, cause: verdict) }
            try Self.create(in: database)
        } catch let error as StateFileError {
            throw error
        } catch let error as DatabaseError {
            throw Self.failure(error, path: path)
        } catch {
            throw StateFileError.unavailable(path: path, cause: "\(error)")
        }
    }

    /// When the file or its log was written last; nil where there is none, or where the file system names a moment that no run
    /// can have written it at: such a one is not computed with.
    static func lastWrite(in directory: String) -> WallTime? {
        let times = [name, name + "-wal"].compactMap { name -> WallTime? in
            var facts = stat()
            guard stat(directory + "/" + name, &facts) == 0 else { return nil }
            return moment(seconds: Int64(facts.st_mtim.tv_sec), nanoseconds: Int64(facts.st_mtim.tv_nsec))
        }
        return times.max()
    }

    /// nil before 1970 and after 2116, so that a difference to any clock fits.
    private static func moment(seconds: Int64, nanoseconds: Int64) -> WallTime? {
        guard (0..<Int64.max / 2_000_000_000).contains(seconds) else { return nil }
        return WallTime(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
    }

    /// Another process has the file of this directory open.
    static func isInUse(directory: String) -> Bool {
        do throws(StateFileError) {
            _ = try StateFile(directory: directory)
            return false
        } catch {
            if case .inUse = error { return true }
            return false
        }
    }

    private static func create(in database: Database) throws(DatabaseError) {
        try database.transaction { () throws(DatabaseError) in
            try database.run(
                "CREATE TABLE IF NOT EXISTS alert (key TEXT PRIMARY KEY, body TEXT NOT NULL, sum TEXT NOT NULL)"
                    + " WITHOUT ROWID"
            )
            try database.run(
                "CREATE TABLE IF NOT EXISTS outbox (receiver TEXT NOT NULL, labels TEXT NOT NULL, body TEXT NOT NULL,"
                    + " sum TEXT NOT NULL, PRIMARY KEY (receiver, labels)) WITHOUT ROWID"
            )
            try database.run("PRAGMA user_version = \(version)")
        }
    }

    static func failure(_ error: DatabaseError, path: String) -> StateFileError {
        if error.isCorruption { return .corrupt(path: path, cause: error.description) }
        // SQL that fits version 1 of the schema and fails: the tables are not the ones we made.
        if error.code == 1 { return .corrupt(path: path, cause: error.description) }
        if error.code & 0xFF == SQLITE_BUSY { return .inUse(path: path) }
        return .unavailable(path: path, cause: error.description)
    }

    /// Everything in the file; rows whose content does not fit their checksum are left out and counted.
    func load(at now: MonotonicTime) throws(StateFileError) -> (image: StateImage, damaged: Int) {
        var image = StateImage()
        var damaged = 0
        do {
            try database.run("SELECT key, body, sum FROM alert") { row in
                guard let json = Self.body(row, column: 1), let record = AlertRecord(json: json),
                    record.key == row.text(0)
                else {
                    damaged += 1
                    return
                }
                image.alerts[record.key] = record
            }
            try database.run("SELECT receiver, labels, body, sum FROM outbox") { row in
                guard let receiver = row.text(0), let json = Self.body(row, column: 2),
                    let notice = AlertNotice(json: json, decidedAt: now), notice.labels.json.text() == row.text(1)
                else {
                    damaged += 1
                    return
                }
                image.outbox[.init(receiver: receiver, labels: notice.labels)] = .init(notice: notice, generation: 0)
            }
        } catch {
            throw Self.failure(error, path: path)
        }
        return (image, damaged)
    }

    /// Brings `rows` on disk as `image` has them; with `all`, makes the file equal to the image.
    func write(_ rows: StateRows, of image: StateImage, all: Bool) throws(StateFileError) {
        do {
            try database.transaction { () throws(DatabaseError) in
                if all {
                    try database.run("DELETE FROM alert")
                    try database.run("DELETE FROM outbox")
                }
                for key in all ? Set(image.alerts.keys) : rows.alerts { try write(alert: key, of: image) }
                for key in all ? Set(image.outbox.keys) : rows.outbox { try write(outbox: key, of: image) }
            }
        } catch {
            throw Self.failure(error, path: path)
        }
    }

    private func write(alert key: String, of image: StateImage) throws(DatabaseError) {
        guard let record = image.alerts[key] else {
            return try database.run("DELETE FROM alert WHERE key = ?", [.text(key)])
        }
        let body = record.json.text()
        try database.run(
            "INSERT OR REPLACE INTO alert VALUES (?, ?, ?)",
            [.text(key), .text(body), .text(Self.sum(body))]
        )
    }

    private func write(outbox key: StateImage.OutboxKey, of image: StateImage) throws(DatabaseError) {
        let labels = key.labels.json.text()
        guard let item = image.outbox[key] else {
            return try database.run(
                "DELETE FROM outbox WHERE receiver = ? AND labels = ?",
                [.text(key.receiver), .text(labels)]
            )
        }
        let body = item.notice.json.text()
        try database.run(
            "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?)",
            [.text(key.receiver), .text(labels), .text(body), .text(Self.sum(body))]
        )
    }

    private static func sum(_ body: String) -> String { String(Checksum.fnv1a(body.utf8), radix: 16) }

    /// The parsed body in `column`, when the checksum in the next column fits it.
    private static func body(_ row: Database.Row, column: Int32) -> JSONValue? {
        guard let text = row.text(column), row.text(column + 1) == sum(text) else { return nil }
        return try? JSONValue(parsing: text, limits: JSONLimits(bytes: 1 << 20, depth: 8, values: 10_000))
    }

    /// Renames a damaged file and its log, so that a fresh one can be made and nothing is thrown away.
    /// - Returns: the new name, or nil when the directory does not allow it.
    static func setAside(directory: String, at now: WallTime) -> String? {
        let path = directory + "/" + name
        for attempt in 0..<100 {
            let suffix = ".corrupt-\(now.nanoseconds / 1_000_000_000)" + (attempt == 0 ? "" : "-\(attempt)")
            guard access(path + suffix, F_OK) != 0 else { continue }
            guard rename(path, path + suffix) == 0 else { return nil }
            _ = rename(path + "-wal", path + suffix + "-wal")
            unlink(path + "-shm")
            unlink(path + "-journal")
            return path + suffix
        }
        return nil
    }
}
