internal import Model
internal import Sockets
internal import Synchronization
internal import Wire

/// Names of hops, looked up while the trace runs: each address on a thread of its own, each with a deadline.
final class HopNames {
    private final class Found: Sendable {
        let names = Mutex<[IPAddress: String]>([:])
        let pending = Atomic(0)
        let done: EventFD

        init() throws(SystemError) {
            done = try EventFD()
        }
    }

    static let deadline: Duration = .milliseconds(500)
    /// Addresses of one trace at most, and threads of all traces together; what is beyond stays without name.
    static let limit = 64
    /// A look-up that nobody answers lasts longer than its trace: those of former traces count too.
    private static let all = LookUpSlots(limit)

    private let found: Found
    private let slots: LookUpSlots
    private let name: @Sendable (IPAddress) -> String?
    private var asked: Set<IPAddress> = []
    private var lastAsked: MonotonicTime?

    /// - Parameters:
    ///   - slots: shared with other traces.
    ///   - name: asks for a name, and blocks as long as it likes.
    init(
        slots: LookUpSlots = HopNames.all,
        name: @escaping @Sendable (IPAddress) -> String? = { NameService.name(of: $0) }
    ) throws(SystemError) {
        found = try Found()
        self.slots = slots
        self.name = name
    }

    /// Starts the look-up of an address that was not asked for yet.
    func ask(_ address: IPAddress, at now: MonotonicTime) {
        guard asked.count < Self.limit, !asked.contains(address), slots.take() else { return }
        asked.insert(address)
        let (found, slots, name) = (found, slots, name)
        found.pending.add(1, ordering: .acquiringAndReleasing)
        do throws(SystemError) {
            _ = try DedicatedThread(name: "name") {
                if let name = name(address) { found.names.withLock { $0[address] = name } }
                slots.give()
                if found.pending.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { found.done.signal() }
            }
            lastAsked = now
        } catch {
            // Without a thread the hop stays without name.
            slots.give()
            found.pending.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    /// What is there so far.
    var known: [IPAddress: String] { found.names.withLock { $0 } }

    /// Waits for what is still asked, at most until the deadline of the last question.
    func finish(cancellation: TraceCancellation?) -> [IPAddress: String] {
        if let lastAsked, let epoll = try? Epoll(capacity: 2) {
            try? epoll.add(found.done.number, .readable, token: 0)
            if let cancellation { try? epoll.add(cancellation.event.number, .readable, token: 1) }
            let end = lastAsked + Self.deadline
            while found.pending.load(ordering: .acquiring) > 0, cancellation?.isCancelled != true {
                let rest = end - SystemClock.monotonic()
                guard rest > .zero, (try? epoll.wait(rest)) != nil else { break }
                found.done.clear()
            }
        }
        return found.names.withLock { $0 }
    }
}
