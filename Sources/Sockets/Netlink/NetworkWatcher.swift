internal import Model
internal import Synchronization

/// Watches interfaces, addresses, routes, rules and neighbours of the namespace of the thread that makes it.
///
/// The first events tell of every interface there is. After an overflow of the kernel's queue everything is
/// looked at again and told as changed, so nothing is missed for long.
public final class NetworkWatcher: Sendable {
    private let ears: NetworkEars
    private let thread: DedicatedThread

    /// - Parameters:
    ///   - window: changes that follow an event within this time are told together.
    ///   - receiveBuffer: bytes of changes that may wait; when more come, everything is looked at again.
    ///   - onEvent: called on the watcher's own thread; it must not block, nor call `stop`.
    /// - Throws: `NetlinkError.system` when a socket or the thread cannot be made.
    public init(
        window: Duration = .milliseconds(10),
        receiveBuffer: Int32 = 1 << 20,
        onEvent: @escaping @Sendable (NetworkEvent) -> Void
    ) throws(NetlinkError) {
        let ears = try NetworkEars(window: window, receiveBuffer: receiveBuffer)
        self.ears = ears
        do throws(SystemError) {
            thread = try DedicatedThread(name: "np-netlink") { ears.run(onEvent) }
        } catch {
            throw .system(call: error.operation, code: error.code)
        }
    }

    /// Ends the watching; no event comes after it has returned.
    public func stop() {
        ears.stop()
        thread.join()
    }

    deinit {
        ears.stop()
    }
}

/// The sockets of a watcher and the loop over them.
private final class NetworkEars: Sendable {
    fileprivate struct Sockets: ~Copyable {
        var changes: NetlinkSocket
        var questions: NetlinkSocket
        var gathered = NetworkChanges()
        var isStale = true
        var isDrained = true
        var hasStarted = false
    }

    private static let pauseAfterFailure: Duration = .seconds(1)

    // Both locked by the thread from its start to its end; the locks only prove that nobody else uses them.
    private let sockets: Mutex<Sockets>
    private let epoll: Mutex<Epoll>
    private let wake: EventFD
    private let isStopped = Atomic(false)
    private let window: Duration

    init(window: Duration, receiveBuffer: Int32) throws(NetlinkError) {
        self.window = window
        let changes = try NetlinkSocket(groups: NetlinkGroup.all, timeout: nil)
        changes.setReceiveBuffer(bytes: receiveBuffer)
        let descriptor = changes.descriptor
        sockets = Mutex(Sockets(changes: changes, questions: try NetlinkSocket(timeout: .milliseconds(200))))
        do throws(SystemError) {
            wake = try EventFD()
            let epoll = try Epoll(capacity: 2)
            try epoll.add(wake.number, .readable, token: 0)
            try epoll.add(descriptor, .readable, token: 1)
            self.epoll = Mutex(epoll)
        } catch {
            throw .system(call: error.operation, code: error.code)
        }
    }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
    }

    func run(_ onEvent: @Sendable (NetworkEvent) -> Void) {
        epoll.withLock { epoll in
            sockets.withLock { sockets in listen(to: &sockets, epoll, onEvent) }
        }
    }

    private func listen(to sockets: inout Sockets, _ epoll: Epoll, _ onEvent: @Sendable (NetworkEvent) -> Void) {
        var notBefore = SystemClock.monotonic()
        while !isStopped.load(ordering: .acquiring) {
            let isWhole = sockets.refresh()
            let now = SystemClock.monotonic()
            if now >= notBefore, !sockets.gathered.isEmpty {
                sockets.gathered.drain().forEach(onEvent)
                notBefore = now + window
            }
            var timeout: Duration? = isWhole ? nil : Self.pauseAfterFailure
            if !sockets.gathered.isEmpty { timeout = notBefore - now }
            guard (try? epoll.wait(timeout)) != nil else { return }
            sockets.listen()
        }
    }
}

extension NetworkEars.Sockets {
    /// Looks at every interface again where messages were lost.
    /// - Returns: false when the kernel did not answer; then it is tried again later.
    fileprivate mutating func refresh() -> Bool {
        // What still waits is older than the loss, and newer facts must not be overwritten by it.
        guard isStale, isDrained else { return true }
        guard let links = try? questions.links() else { return false }
        gathered.resynchronise(with: links, afterLoss: hasStarted)
        hasStarted = true
        isStale = false
        return true
    }

    /// Takes what waits, at most so much that a storm does not delay what is already known.
    fileprivate mutating func listen() {
        isDrained = false
        for _ in 0..<256 {
            do throws(NetlinkError) {
                switch try changes.receive() {
                case .messages(let envelopes): envelopes.forEach { gathered.absorb($0) }
                case .overflow: isStale = true
                case .empty:
                    isDrained = true
                    return
                }
            } catch {
                isStale = true
                isDrained = true
                return
            }
        }
    }
}
