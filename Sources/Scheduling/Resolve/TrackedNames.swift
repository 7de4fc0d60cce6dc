internal import Model
internal import Sockets
internal import Synchronization

/// Follows names in the background: looks them up again each 30 s, sooner after a failure, and tells changes.
public final class TrackedNames: Sendable {
    private static let deadline: Duration = .seconds(5)
    /// How soon a change of the list or a hurry is seen.
    private static let tick: Duration = .milliseconds(100)

    private let resolver: NameResolver
    private let tracking = Mutex(NameTracking())
    private let onChange: @Sendable (NameState) -> Void

    /// - Parameter onChange: the first result of each name and every change, also to and from failure.
    public init(resolver: NameResolver, onChange: @escaping @Sendable (NameState) -> Void) {
        self.resolver = resolver
        self.onChange = onChange
    }

    /// Sets the names to follow; addresses need not be given.
    public func follow(_ names: [String: AddressPreference]) {
        tracking.withLock { $0.follow(names, at: SystemClock.monotonic()) }
    }

    /// What is known of a name; nil when it is not followed.
    public func state(of name: String) -> NameState? {
        tracking.withLock { $0.state(of: name) }
    }

    /// A probe of the name fails: perhaps its address has changed.
    public func hurry(_ name: String) {
        tracking.withLock { $0.hurry(name, at: SystemClock.monotonic()) }
    }

    /// A probe of the name is refused, or cannot reach the address that was chosen: another is.
    /// - Parameter isIPv4: the family that was probed; nil for whichever stands first.
    public func passBy(_ name: String, isIPv4: Bool?) {
        let change = tracking.withLock { $0.passBy(name, isIPv4: isIPv4, at: SystemClock.monotonic()) }
        if let change { onChange(change) }
    }

    /// Works until the task is cancelled, and then ends at once even if a lookup hangs.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let due = tracking.withLock { $0.takeDue(at: SystemClock.monotonic()) }
                for (name, preference) in due {
                    group.addTask { [self] in await look(name, preference) }
                }
                try? await Task.sleep(for: Self.tick)
            }
        }
    }

    private func look(_ name: String, _ preference: AddressPreference) async {
        let resolution = await resolver.resolve(name, preference: preference, deadline: Self.deadline)
        // An end of the program is no failure of the name.
        guard !Task.isCancelled else { return }
        let change = tracking.withLock { $0.settle(name, resolution, at: SystemClock.monotonic()) }
        if let change { onChange(change) }
    }
}
