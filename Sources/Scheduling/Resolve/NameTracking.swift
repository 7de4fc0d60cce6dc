public import Model
public import Wire

/// What a tracked name means now.
public struct NameState: Hashable, Sendable {
    public var name: String
    /// Those of the last good answer, kept while DNS is dead; empty before the first one.
    public var addresses: [IPAddress]
    /// Why the last lookup failed; nil when it was good.
    public var failure: Reason?

    public init(name: String, addresses: [IPAddress], failure: Reason?) {
        self.name = name
        self.addresses = addresses
        self.failure = failure
    }
}

/// When which name is looked up, and what a result changes. Time comes in as values.
public struct NameTracking: Sendable {
    private struct Entry: Sendable {
        var preference: AddressPreference
        var state: NameState
        var failures = 0
        /// Nil while a lookup is under way.
        var due: MonotonicTime?
        var lastLookup: MonotonicTime?
        var isSettled = false
        /// How often an address was passed by since then; so often as there are addresses in each period.
        var passed = (count: 0, since: MonotonicTime(nanoseconds: 0))
    }

    /// Period of lookups while they are good.
    public static let period: Duration = .seconds(30)
    static let firstBackoff: Duration = .seconds(1)

    private var entries: [String: Entry] = [:]

    public init() {}

    /// Sets the names to follow; those already followed keep what is known.
    public mutating func follow(_ names: [String: AddressPreference], at now: MonotonicTime) {
        entries = entries.filter { names[$0.key] != nil }
        for (name, preference) in names {
            guard var known = entries[name] else {
                let state = NameState(name: name, addresses: [], failure: nil)
                entries[name] = Entry(preference: preference, state: state, due: now)
                continue
            }
            guard known.preference != preference else { continue }
            known.preference = preference
            if known.due != nil { known.due = now }
            entries[name] = known
        }
    }

    public func state(of name: String) -> NameState? { entries[name]?.state }

    /// The names whose time has come, with their preferences; each counts as being looked up from now on.
    public mutating func takeDue(at now: MonotonicTime) -> [(name: String, preference: AddressPreference)] {
        var names: [(name: String, preference: AddressPreference)] = []
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let due = entry.due, due <= now else { continue }
            entries[name]?.due = nil
            entries[name]?.lastLookup = now
            names.append((name, entry.preference))
        }
        return names
    }

    /// Takes a result.
    /// - Returns: the new state where it differs from the old one, also when a name is settled for the first time.
    public mutating func settle(_ name: String, _ resolution: Resolution, at now: MonotonicTime) -> NameState? {
        guard var entry = entries[name] else { return nil }
        let old = entry.state
        switch resolution {
        case .addresses(let addresses):
            // Servers turn the order round at each answer; that is no change.
            if Set(addresses) != Set(old.addresses) { entry.state.addresses = addresses }
            entry.state.failure = nil
            entry.failures = 0
            entry.due = now + Self.period
        case .failed(let reason):
            entry.state.failure = reason
            entry.due = now + Self.backoff(failures: entry.failures)
            entry.failures += 1
        }
        let isFirst = !entry.isSettled
        entry.isSettled = true
        entries[name] = entry
        return isFirst || entry.state != old ? entry.state : nil
    }

    /// A probe of the name fails: it is looked up as soon as a second has passed since the last time.
    public mutating func hurry(_ name: String, at now: MonotonicTime) {
        guard let entry = entries[name], let due = entry.due, entry.state.failure == nil else { return }
        let earliest = entry.lastLookup.map { max(now, $0 + Self.firstBackoff) } ?? now
        entries[name]?.due = min(due, earliest)
    }

    /// The address of the name that is probed refuses, or cannot be reached: the next one is probed from now on, for a name is up when
    /// one of its addresses is, and clients go on likewise. Within a period each is tried once.
    /// - Parameter isIPv4: the family that was probed; nil for whichever stands first.
    /// - Returns: the new state; nil where there is no other address to try.
    public mutating func passBy(_ name: String, isIPv4: Bool?, at now: MonotonicTime) -> NameState? {
        guard var entry = entries[name] else { return nil }
        var addresses = entry.state.addresses
        let fitting = addresses.filter { isIPv4 == nil || $0.isIPv4 == isIPv4 }
        guard fitting.count > 1, let first = addresses.firstIndex(of: fitting[0]) else { return nil }
        if now - entry.passed.since >= Self.period { entry.passed = (0, now) }
        guard entry.passed.count < fitting.count else { return nil }
        entry.passed.count += 1
        addresses.append(addresses.remove(at: first))
        entry.state.addresses = addresses
        entries[name] = entry
        return entry.state
    }

    /// 1, 2, 4 … 30 s.
    static func backoff(failures: Int) -> Duration {
        min(period, firstBackoff * (1 << min(failures, 5)))
    }
}
