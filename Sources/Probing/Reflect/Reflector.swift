public import Sockets
internal import Synchronization

/// The far end of probes: a STAMP session-reflector (RFC 8762) and, where wanted, a UDP echo, on a thread of its own.
///
/// It answers from the address that was asked, never with more bytes than came (but for STAMP's 44), never to a
/// server's port, a group or a broadcast, and at most so often.
public final class Reflector: Sendable {
    /// Where it listens, with the ports that the kernel chose where 0 was asked for: first STAMP, then echo.
    public let addresses: [SocketAddress]

    private let loop: ReflectorLoop
    private let thread = Mutex<DedicatedThread?>(nil)

    /// Opens the sockets.
    ///
    /// - Parameters:
    ///   - listen: where to answer STAMP; the wildcard address stands for all of the host's.
    ///   - echo: where to answer with what was sent.
    ///   - isStateless: copy the sender's sequence instead of counting each session's answers (RFC 8762 §4.3); the
    ///     sender can then not tell on which way a packet was lost.
    ///   - packetsPerSecond: answers at most, on average.
    /// - Throws: `SystemError` with the address that could not be bound.
    public init(
        listen: [SocketAddress],
        echo: [SocketAddress] = [],
        isStateless: Bool = false,
        packetsPerSecond: Int = 50_000
    ) throws(SystemError) {
        var ears: [ReflectorEar] = []
        for address in listen { ears.append(try ReflectorEar(address, .stamp)) }
        for address in echo { ears.append(try ReflectorEar(address, .echo)) }
        addresses = ears.map(\.address)
        loop = try ReflectorLoop(ears, isStateless: isStateless, packetsPerSecond: packetsPerSecond)
    }

    public var counters: ReflectorCounters { loop.counters }

    /// Begins to answer; a second call does nothing.
    public func start() throws(SystemError) {
        try thread.withLock { (thread) throws(SystemError) in
            guard thread == nil else { return }
            thread = try DedicatedThread(name: "np-reflect") { [loop] in loop.run() }
        }
    }

    /// Ends the thread; a reflector that was stopped stays so.
    public func stop() {
        loop.stop()
        thread.withLock { $0 }?.join()
    }

    deinit {
        loop.stop()
    }
}
