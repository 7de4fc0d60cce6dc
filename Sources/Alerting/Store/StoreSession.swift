import Glibc
import Logging
import Model
import Sockets

/// The store's thread's own view: the image that must be on disk, the open file, and what differs.
struct StoreSession {
    let directory: String
    let logger: Logger
    private(set) var image = StateImage()
    private(set) var failure: String?
    private var file: StateFile?
    private var rows = StateRows()
    /// The file is behind by more than `rows`: it is rewritten as a whole.
    private var mustRewrite = false
    /// What the file holds has been taken into the image.
    private var hasLoaded = false

    init(directory: String, logger: Logger) {
        self.directory = directory
        self.logger = logger
    }

    var isHealthy: Bool { failure == nil }

    mutating func take(_ changes: [StateChange]) {
        for change in changes { image.apply(change, touched: &rows) }
    }

    /// Opens the file; a damaged one is set aside and a fresh one begun.
    /// - Returns: what it held, the first time that it could be read.
    mutating func open() -> StateImage? {
        do {
            return try openOnce()
        } catch .corrupt(let path, let cause) {
            return replace(path: path, cause: cause)
        } catch {
            fail(error)
            return nil
        }
    }

    /// Brings all changes on disk, opening the file first where that is needed.
    mutating func flush() -> StateImage? {
        var loaded: StateImage?
        if file == nil {
            loaded = open()
            guard file != nil else { return loaded }
        }
        guard !rows.isEmpty || mustRewrite else {
            succeed()
            return loaded
        }
        do {
            try file?.write(rows, of: image, all: mustRewrite)
            rows = StateRows()
            mustRewrite = false
            succeed()
        } catch .corrupt(let path, let cause) {
            mustRewrite = true
            loaded = replace(path: path, cause: cause) ?? loaded
        } catch {
            mustRewrite = true
            file = nil
            fail(error)
        }
        return loaded
    }

    mutating func close() {
        file = nil
    }

    private mutating func openOnce() throws(StateFileError) -> StateImage? {
        mkdir(directory, 0o750)
        let writtenAt = StateFile.lastWrite(in: directory)
        let opened = try StateFile(directory: directory)
        guard !hasLoaded else {
            file = opened
            mustRewrite = true
            return nil
        }
        var (found, damaged) = try opened.load(at: SystemClock.monotonic())
        if damaged > 0 {
            logger.warning("\(damaged) damaged rows of \(opened.path) are left out")
            mustRewrite = true
        }
        image.alerts.merge(found.alerts) { current, _ in current }
        image.outbox.merge(found.outbox) { current, _ in current }
        if !rows.isEmpty { mustRewrite = true }
        file = opened
        hasLoaded = true
        found.writtenAt = writtenAt
        return found
    }

    /// Sets the damaged file aside and begins a fresh one with all that is in memory.
    private mutating func replace(path: String, cause: String) -> StateImage? {
        file = nil
        guard let aside = StateFile.setAside(directory: directory, at: SystemClock.wall()) else {
            fail(.corrupt(path: path, cause: cause + "; it cannot be renamed: " + String(cString: strerror(errno))))
            return nil
        }
        logger.error("\(path) is damaged (\(cause)); it is kept as \(aside), and a fresh one is begun")
        mustRewrite = true
        do {
            let loaded = try openOnce()
            guard mustRewrite else { return loaded }
            try file?.write(rows, of: image, all: true)
            rows = StateRows()
            mustRewrite = false
            succeed()
            return loaded
        } catch {
            file = nil
            fail(error)
            return nil
        }
    }

    private mutating func fail(_ error: StateFileError) {
        let text = error.description
        if failure != text { logger.error("alert state is not on disk: \(text); alerts go on from memory") }
        failure = text
    }

    private mutating func succeed() {
        if failure != nil { logger.notice("alert state is on disk again in \(directory)") }
        failure = nil
    }
}
