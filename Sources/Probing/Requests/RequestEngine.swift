public import Model
public import Sockets
internal import Synchronization

/// Sends requests (HTTP, TLS, and connections through proxies) and hands over what becomes of them: one epoll loop on a
/// thread of its own.
///
/// Every request ends in one `Outcome`, within its time-out; those of one stream come in the order of sending, one at a
/// time. `deliver` is called on the engine's thread and must return at once.
public final class RequestEngine: Sendable {
    private let inbox: Inbox<RequestLoop.Command>
    private let thread: DedicatedThread

    /// - Parameters:
    ///   - lookup: finds the addresses of names.
    ///   - credentials: who may show which, with other engines; of its own unless given.
    ///   - witness: learns of the connections that are made.
    ///   - tokens: where those of Negotiate come from.
    ///   - rule: who may be asked; nil for everybody.
    /// - Throws: when an epoll set, a thread or libcurl cannot be had.
    public init(
        lookup: @escaping HostLookup,
        credentials: CredentialBook = CredentialBook(),
        witness: (any ConnectionWitness)? = nil,
        tokens: TokenOffice = TokenOffice(),
        rule: AddressRule? = nil,
        deliver: @escaping @Sendable (ProbeBatch) -> Void
    ) throws(SystemError) {
        let inbox = try Inbox<RequestLoop.Command>()
        self.inbox = inbox
        // Made here so that a failure is thrown here.
        _ = try Epoll(capacity: 1)
        thread = try DedicatedThread(name: "np-requests") {
            Self.run(inbox, lookup, credentials, witness, tokens, rule, deliver)
        }
    }

    deinit {
        inbox.post(.stop)
    }

    private static func run(
        _ inbox: Inbox<RequestLoop.Command>,
        _ lookup: @escaping HostLookup,
        _ credentials: CredentialBook,
        _ witness: (any ConnectionWitness)?,
        _ tokens: TokenOffice,
        _ rule: AddressRule?,
        _ deliver: @escaping @Sendable (ProbeBatch) -> Void
    ) {
        do throws(SystemError) {
            let loop = try RequestLoop(
                wake: inbox.bell,
                lookup: lookup,
                credentials: credentials,
                witness: witness,
                tokens: tokens,
                post: { inbox.post($0) },
                rule: rule,
                deliver: deliver
            )
            while !loop.isStopped { try loop.turn { inbox.take() } }
        } catch {
            // Only a broken epoll set leads here, and then there is nothing left to run on.
            preconditionFailure("the request engine cannot wait: \(error)")
        }
    }

    /// Makes the streams those of `tasks`. Equal tasks go on undisturbed, removed ones end with
    /// `.invalid(.cancelled)`, new ones start at their phase, changed ones count on.
    public func reconcile(_ tasks: [RequestTask]) { inbox.post(.reconcile(tasks)) }

    /// Sends requests of a stream between the regular ones.
    /// - Parameter delays: from now to each of them, rising; at most eight.
    public func requestNow(_ id: ProbeID, after delays: [Duration]) {
        inbox.post(.requestNow(id, after: delays.map(\.nanoseconds)))
    }

    /// Sends a single request beside the streams.
    /// - Parameters:
    ///   - task: its number, interval and phase do not matter.
    ///   - completion: called once, on the engine's thread; it must return at once.
    public func ask(_ task: RequestTask, _ completion: @escaping @Sendable (Outcome) -> Void) {
        inbox.post(.ask(task, completion))
    }

    /// Ends all streams, delivers what became of them and waits for the thread. Not to be called from `deliver`.
    public func stop() {
        inbox.post(.stop)
        thread.join()
    }
}

extension RequestEngine {
    /// Sends one request by an engine of its own and waits for what becomes of it. Blocks the calling thread for the
    /// task's time-out and a second at most (the first time also while certificates are read), so it is not for a thread of the concurrency pool.
    /// - Parameters:
    ///   - task: its interval and phase do not matter.
    ///   - credentials: who may show which, with other programs; of its own unless given.
    /// - Returns: the outcome; `invalid(.overload)` when the engine did not run in that time.
    /// - Throws: when the engine cannot start.
    public static func requestOnce(
        _ task: RequestTask,
        lookup: @escaping HostLookup,
        credentials: CredentialBook = CredentialBook()
    ) throws(SystemError) -> Outcome {
        let results = try Inbox<Outcome>()
        TrustRoots.shared.prepare(for: [task])
        let engine = try RequestEngine(lookup: lookup, credentials: credentials) { batch in
            if let first = batch.outcomes.first { results.post(first) }
        }
        defer { engine.stop() }
        var single = task
        single.interval = .seconds(86_400)
        single.phase = .zero
        let started = SystemClock.monotonic()
        let end = started + task.timeout + .seconds(1)
        engine.reconcile([single])
        while SystemClock.monotonic() < end {
            if let outcome = results.take().first { return outcome }
            results.wait(end - SystemClock.monotonic())
        }
        return Outcome(
            probe: task.id,
            sequence: 0,
            sentAt: started,
            settledAt: SystemClock.monotonic(),
            result: .invalid(.overload)
        )
    }
}
