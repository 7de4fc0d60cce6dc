public import Model
public import Sockets

/// Sends probes and hands over what becomes of them: one epoll loop on a thread of its own, without allocation for
/// ICMP in the steady state.
///
/// Every probe ends in one `Outcome`; those of one stream come in the order of sending. `deliver` is called on the
/// engine's thread and must return at once.
public final class ProbeEngine: Sendable {
    public let capabilities: EngineCapabilities
    private let inbox: Inbox<EngineLoop.Command>
    private let thread: DedicatedThread

    /// Tries what is permitted and starts the thread.
    /// - Parameter witness: learns of the connections that are made.
    /// - Throws: when not even an epoll set or a thread can be had; a missing ICMP privilege is no error here but
    ///   stands in `capabilities`.
    public init(
        options: EngineOptions = EngineOptions(),
        witness: (any ConnectionWitness)? = nil,
        deliver: @escaping @Sendable (ProbeBatch) -> Void
    ) throws(SystemError) {
        let inbox = try Inbox<EngineLoop.Command>()
        let found = SelfTest.run(options)
        capabilities = found
        self.inbox = inbox
        // Made here so that a failure is thrown here.
        _ = try Epoll(capacity: 1)
        let threadOptions = DedicatedThread.Options(realTimePriority: options.realTimePriority)
        thread = try DedicatedThread(name: "netprobe-engine", options: threadOptions) {
            Self.run(options, found, witness, inbox, deliver)
        }
    }

    deinit {
        inbox.post(.stop)
    }

    private static func run(
        _ options: EngineOptions,
        _ capabilities: EngineCapabilities,
        _ witness: (any ConnectionWitness)?,
        _ inbox: Inbox<EngineLoop.Command>,
        _ deliver: @escaping @Sendable (ProbeBatch) -> Void
    ) {
        do throws(SystemError) {
            let loop = try EngineLoop(
                options: options,
                capabilities: capabilities,
                witness: witness,
                wake: inbox.bell,
                deliver: deliver
            )
            while !loop.isStopped { try loop.turn { inbox.take() } }
        } catch {
            // Only a broken epoll set leads here, and then there is nothing left to run on.
            preconditionFailure("the probe engine cannot wait: \(error)")
        }
    }

    /// Makes the streams those of `tasks`. Equal tasks go on undisturbed, removed ones end with
    /// `.invalid(.cancelled)`, new ones start at their phase, changed ones count on.
    public func reconcile(_ tasks: [ProbeTask]) {
        inbox.post(.reconcile(tasks))
    }

    /// Sends probes of a stream between the regular ones.
    /// - Parameter delays: from now to each of them, rising; at most eight.
    public func probeNow(_ id: ProbeID, after delays: [Duration]) {
        inbox.post(.probeNow(id, after: delays.map(\.nanoseconds)))
    }

    /// Ends all streams, delivers what became of them and waits for the thread. Not to be called from `deliver`.
    public func stop() {
        inbox.post(.stop)
        thread.join()
    }
}
