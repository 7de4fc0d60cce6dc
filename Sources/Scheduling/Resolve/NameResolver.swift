internal import Model
public import Probing
internal import Sockets
internal import Synchronization
internal import Wire

/// Resolves names on a bounded number of threads of its own: `getaddrinfo` blocks and cannot be cancelled.
///
/// A name is looked up once at a time however many ask; a lookup that hangs holds one thread and no more.
public final class NameResolver: Sendable {
    /// Looks a name up, blocking.
    public typealias Lookup = @Sendable (String) -> Resolution

    private typealias Completion = @Sendable (Resolution) -> Void

    private struct State {
        var waiting: [String: [Completion]] = [:]
        var queue: [String] = []
        var threads = 0
    }

    /// Askers of one name at a time; a resolver that hangs must not gather them without end.
    static let askersPerName = 64

    private let limit: Int
    private let lookup: Lookup
    private let state = Mutex(State())

    /// - Parameter threads: lookups at the same time.
    public init(threads: Int = 4, lookup: @escaping Lookup = { SystemLookup.resolve($0) }) {
        limit = max(1, threads)
        self.lookup = lookup
    }

    /// - Parameters:
    ///   - name: a host name; an address is its own answer.
    ///   - deadline: after this time the answer is `dns_timeout`, whatever the system's resolver still does.
    /// - Returns: at once with `cancelled` when the task is cancelled.
    public func resolve(
        _ name: String,
        preference: AddressPreference = .any,
        deadline: Duration = .seconds(5)
    ) async -> Resolution {
        if let address = IPAddress(name) {
            return Resolution.addresses([address]).restricted(to: preference)
        }
        let answer = FirstAnswer()
        let timer = Task { [answer] in
            guard (try? await Task.sleep(for: deadline)) != nil else { return }
            answer.give(.failed(.dnsTimeout))
        }
        defer { timer.cancel() }
        ask(name) { answer.give($0) }
        return await withTaskCancellationHandler {
            await answer.get().restricted(to: preference)
        } onCancel: {
            answer.give(.failed(.cancelled))
        }
    }

    /// For the request engine: each question is answered once, from a thread of this resolver, however late.
    public var hostLookup: HostLookup {
        { [self] name, answer in
            ask(name) { resolution in
                switch resolution {
                case .addresses(let addresses): answer(.addresses(addresses))
                case .failed(let reason): answer(.failed(reason))
                }
            }
        }
    }

    private func ask(_ name: String, _ completion: @escaping Completion) {
        let step = state.withLock { state -> NextStep in
            let askers = state.waiting[name]?.count ?? 0
            guard askers < Self.askersPerName else { return .refuse }
            state.waiting[name, default: []].append(completion)
            guard askers == 0 else { return .wait }
            state.queue.append(name)
            guard state.threads < limit else { return .wait }
            state.threads += 1
            return .start
        }
        switch step {
        case .refuse: completion(.failed(.overload))
        case .wait: break
        case .start: startThread()
        }
    }

    private enum NextStep { case refuse, wait, start }

    private func startThread() {
        do {
            _ = try DedicatedThread(name: "np-resolve", options: .init(timerSlack: 50_000)) { [self] in work() }
        } catch {
            // Without a thread nobody would answer those who wait.
            let askers = state.withLock { state in
                state.threads -= 1
                guard state.threads == 0 else { return [Completion]() }
                defer { (state.waiting, state.queue) = ([:], []) }
                return state.waiting.values.flatMap { $0 }
            }
            askers.forEach { $0(.failed(.overload)) }
        }
    }

    /// Looks names up until none waits; then the thread ends.
    private func work() {
        while true {
            let next = state.withLock { state -> String? in
                guard !state.queue.isEmpty else {
                    state.threads -= 1
                    return nil
                }
                return state.queue.removeFirst()
            }
            guard let name = next else { return }
            let resolution = lookup(name)
            let askers = state.withLock { $0.waiting.removeValue(forKey: name) ?? [] }
            askers.forEach { $0(resolution) }
        }
    }
}

/// The answer or the deadline, whichever comes first.
private final class FirstAnswer: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Resolution, Never>)
        case given(Resolution)
    }

    private let state = Mutex(State.open)

    func give(_ resolution: Resolution) {
        let continuation = state.withLock { state -> CheckedContinuation<Resolution, Never>? in
            switch state {
            case .open:
                state = .given(resolution)
                return nil
            case .awaited(let continuation):
                state = .given(resolution)
                return continuation
            case .given:
                return nil
            }
        }
        continuation?.resume(returning: resolution)
    }

    func get() async -> Resolution {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state -> Resolution? in
                if case .given(let resolution) = state { return resolution }
                state = .awaited(continuation)
                return nil
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}
