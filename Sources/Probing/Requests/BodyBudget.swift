internal import CLinux
internal import Synchronization

/// Memory that the bodies of all requests together may take, where they are kept whole. What a single one may take bounds
/// nothing when strangers choose how many are asked at once.
public final class BodyBudget: Sendable {
    private struct State {
        var used = 0
        /// Something large was given back, and the allocator may still hold it.
        var isUntidy = false
    }

    /// In bytes.
    public let most: Int
    private let state = Mutex(State())

    /// A lease that was larger leaves something worth tidying up.
    private static let large = 1 << 20

    public init(most: Int) {
        self.most = most
    }

    public func lease() -> BodyLease { BodyLease(self) }

    /// In bytes, of all leases.
    public var used: Int { state.withLock { $0.used } }

    fileprivate func take(_ count: Int) -> Bool {
        state.withLock { state in
            guard count <= most - state.used else { return false }
            state.used += count
            return true
        }
    }

    fileprivate func giveBack(_ count: Int) {
        state.withLock { state in
            state.used -= count
            if count > Self.large { state.isUntidy = true }
        }
    }

    /// Gives memory back to the system after large bodies, when the last of them is gone: for whoever has nothing to hurry for.
    public func tidy() {
        let isUntidy = state.withLock { state in
            guard state.used == 0, state.isUntidy else { return false }
            state.isUntidy = false
            return true
        }
        if isUntidy { netprobe_trim_memory() }
    }
}

/// The part of the budget that one request has.
public final class BodyLease: Sendable, Hashable {
    private struct State {
        var held = 0
        var isRefused = false
        var hasEnded = false
    }

    private let budget: BodyBudget
    private let state = Mutex(State())

    /// So much each may have beside the budget: the large bodies of others spoil no usual one.
    static let free = RequestTask.usualBody
    /// By so much it grows.
    private static let step = 256 << 10

    fileprivate init(_ budget: BodyBudget) {
        self.budget = budget
    }

    deinit { end() }

    /// Makes room for so many bytes in all.
    /// - Returns: false where others hold what it would need.
    public func holds(_ total: Int) -> Bool {
        state.withLock { state in
            guard total > Self.free + state.held else { return true }
            let wanted = (total - Self.free + Self.step - 1) / Self.step * Self.step
            guard !state.hasEnded, budget.take(wanted - state.held) else {
                state.isRefused = true
                return false
            }
            state.held = wanted
            return true
        }
    }

    /// There was no room.
    public var isRefused: Bool { state.withLock { $0.isRefused } }

    /// The bodies are gone.
    public func end() {
        let held = state.withLock { state in
            defer { (state.held, state.hasEnded) = (0, true) }
            return state.held
        }
        if held > 0 { budget.giveBack(held) }
    }

    public static func == (left: BodyLease, right: BodyLease) -> Bool { left === right }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
