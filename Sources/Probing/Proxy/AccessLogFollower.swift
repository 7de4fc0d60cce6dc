internal import Glibc
internal import Model
public import Sockets
internal import Synchronization

/// Follows a log file from its present end, over rotation and truncation, on a thread of its own.
public final class AccessLogFollower: Sendable {
    private let thread: DedicatedThread

    /// - Parameter deliver: called on the follower's thread, and only when something happened.
    public init(
        path: String,
        deliver: @escaping @Sendable ([AccessLogLedger.Event]) -> Void
    ) throws(SystemError) {
        // The thread must not keep the follower alive.
        let stop = StopSign()
        sign = stop
        thread = try DedicatedThread(name: "np-proxy-log", options: .init(timerSlack: 1_000_000)) {
            var tail = LogTail(path: path)
            var ledger = AccessLogLedger()
            while !stop.isSet {
                let now = SystemClock.monotonic()
                var events = tail.read().flatMap { ledger.take($0, at: now) }
                events += ledger.expire(at: now)
                if !events.isEmpty { deliver(events) }
                stop.wait(.milliseconds(500))
            }
            tail.close()
        }
    }

    private let sign: StopSign

    /// Ends the thread and waits for it.
    public func stop() {
        sign.set()
        thread.join()
    }

    deinit { sign.set() }
}

/// Ends a thread that sleeps.
private final class StopSign: Sendable {
    private let state = Mutex(false)
    private let bell = try? EventFD()

    var isSet: Bool { state.withLock { $0 } }

    func set() {
        state.withLock { $0 = true }
        bell?.signal()
    }

    func wait(_ time: Duration) {
        var watched = pollfd(fd: bell?.number ?? -1, events: Int16(POLLIN), revents: 0)
        _ = poll(&watched, 1, Int32(clamping: time.nanoseconds / 1_000_000))
    }
}

/// The lines that are added to a file.
struct LogTail {
    private let path: String
    private var descriptor: Int32 = -1
    private var offset: Int64 = 0
    private var number: UInt64 = 0
    private var rest: [UInt8] = []
    private var wasOpened = false
    /// The first bytes of the file: one that was cut and has grown past the old offset begins with others.
    private var beginning: [UInt8] = []

    static let longestBeginning = 64
    /// Of one look; the rest comes with the next.
    static let mostBytes = 4 << 20
    static let longestLine = 64 << 10

    init(path: String) {
        self.path = path
    }

    /// What was added since the last call, line by line. A file that is there at the first call is read from its end, one
    /// that comes later from its beginning.
    mutating func read() -> [String] {
        var lines: [String] = []
        if descriptor < 0 { open() }
        lines += readOpen()
        // Moved away and made anew: what was written to the old one until now has been read.
        var now = stat()
        if descriptor >= 0, fstatat(AT_FDCWD, path, &now, 0) == 0, UInt64(now.st_ino) != number {
            close()
            open()
            lines += readOpen()
        }
        return lines
    }

    private mutating func open() {
        let opened = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var facts = stat()
        guard opened >= 0, fstat(opened, &facts) == 0 else {
            if opened >= 0 { Glibc.close(opened) }
            wasOpened = true
            return
        }
        descriptor = opened
        number = UInt64(facts.st_ino)
        offset = wasOpened ? 0 : Int64(facts.st_size)
        wasOpened = true
        rest = []
        beginning = []
    }

    private mutating func readOpen() -> [String] {
        guard descriptor >= 0 else { return [] }
        var facts = stat()
        if fstat(descriptor, &facts) == 0, Int64(facts.st_size) < offset || !beginsAsBefore() {
            offset = 0
            rest = []
            beginning = []
        }
        var lines: [String] = []
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while total < Self.mostBytes {
            let count = pread(descriptor, &buffer, buffer.count, off_t(offset))
            guard count > 0 else { break }
            offset += Int64(count)
            total += count
            take(buffer[..<count], into: &lines)
        }
        if beginning.count < Self.longestBeginning { beginning = start(Self.longestBeginning) }
        return lines
    }

    private func beginsAsBefore() -> Bool { start(beginning.count) == beginning }

    private func start(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let found = pread(descriptor, &bytes, count, 0)
        return Array(bytes.prefix(max(0, found)))
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, into lines: inout [String]) {
        var bytes = bytes
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            rest += bytes[..<end]
            if !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
            rest = []
            bytes = bytes[(end + 1)...]
        }
        rest += bytes
        // A line without end is none.
        if rest.count > Self.longestLine { rest = Array("?".utf8) }
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
