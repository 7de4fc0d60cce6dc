import CSQLite

/// Why SQLite refused.
struct DatabaseError: Error, Equatable, CustomStringConvertible {
    /// The extended result code.
    var code: Int32
    var message: String

    var description: String { "\(message) (SQLite \(code))" }

    /// The content of the file is wrong, as opposed to the file being out of reach.
    var isCorruption: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xff) }
}

/// One connection to a SQLite file, used by one thread; the calls that this module needs, typed.
final class Database {
    enum Value: Equatable {
        case text(String)
        case integer(Int64)
    }

    private let handle: OpaquePointer

    /// Opens or creates the file.
    init(path: String) throws(DatabaseError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw DatabaseError(code: code, message: message)
        }
        self.handle = handle
        csqlite_defend(handle)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 1 << 24)
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    /// Runs one statement and hands each row to `row`.
    func run(
        _ sql: String,
        _ values: [Value] = [],
        row: (Row) -> Void = { _ in }
    ) throws(DatabaseError) {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v2(handle, sql, -1, &prepared, nil)
        guard code == SQLITE_OK, let statement = prepared else { throw failure(code) }
        defer { sqlite3_finalize(statement) }
        for (index, value) in values.enumerated() {
            let bound = Self.bind(value, to: statement, at: Int32(index + 1))
            guard bound == SQLITE_OK else { throw failure(bound) }
        }
        while true {
            let step = sqlite3_step(statement)
            if step == SQLITE_DONE { return }
            guard step == SQLITE_ROW else { throw failure(step) }
            row(Row(statement: statement))
        }
    }

    /// The first column of the first row, as an integer.
    func integer(_ sql: String) throws(DatabaseError) -> Int64? {
        var result: Int64?
        try run(sql) { row in result = result ?? row.integer(0) }
        return result
    }

    /// The first column of the first row, as a text.
    func text(_ sql: String) throws(DatabaseError) -> String? {
        var result: String?
        try run(sql) { row in result = result ?? row.text(0) }
        return result
    }

    /// Everything or nothing; committed means on disk.
    func transaction(_ body: () throws(DatabaseError) -> Void) throws(DatabaseError) {
        try run("BEGIN IMMEDIATE")
        do {
            try body()
            try run("COMMIT")
        } catch {
            try? run("ROLLBACK")
            throw error
        }
    }

    private static func bind(_ value: Value, to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch value {
        case .integer(let number):
            return sqlite3_bind_int64(statement, index, number)
        case .text(let text):
            var text = text
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    csqlite_bind_text(statement, index, characters.baseAddress, Int32(characters.count))
                }
            }
        }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(code: code, message: String(cString: sqlite3_errmsg(handle)))
    }

    /// The row that a statement stands on; valid only inside the closure it is handed to.
    struct Row {
        fileprivate let statement: OpaquePointer

        /// nil for NULL.
        func text(_ column: Int32) -> String? {
            guard let bytes = sqlite3_column_text(statement, column) else { return nil }
            let count = Int(sqlite3_column_bytes(statement, column))
            return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }

        func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    }
}
