internal import Model

/// Who may show the credentials of one user at one proxy, and when. Pure.
///
/// A monitor must never lock an account. Credentials that are not proven are shown by one probe at a time, proven ones by
/// two. Those that were refused, and unproven ones that were shown without an answer, rest for 15 minutes or until the
/// password is another one: a proxy that is slow or breaks off may have counted them as wrong. So may one whose answer says
/// neither: unproven ones are shown once for each of two targets then, no more.
struct CredentialGate {
    enum Answer: Equatable {
        case go
        /// Others are showing them now.
        case wait
        case rests(Rest)
        /// By the word of other proxies, or of this one under another name.
        case restsElsewhere(Rest, at: [String])
    }

    struct Rest: Equatable {
        enum Cause: Equatable {
            case refused
            /// No answer came.
            case unanswered
            /// An answer that may be the proxy's refusal or the service's own, when these targets were asked.
            case unclear(by: [UInt16])
        }

        var since: MonotonicTime
        var cause: Cause

        init(since: MonotonicTime, _ cause: Cause) {
            self.since = since
            self.cause = cause
        }

        init(since: MonotonicTime, wasRefused: Bool) {
            self.init(since: since, wasRefused ? .refused : .unanswered)
        }

        var wasRefused: Bool { cause == .refused }

        /// Another target may get an answer that is clear.
        var isPartial: Bool { if case .unclear(let targets) = cause { targets.count < mostUnclear } else { false } }

        /// - Parameter target: nil for one whose answer will hardly be clear.
        func holds(for target: UInt16?) -> Bool {
            guard case .unclear(let targets) = cause, isPartial, let target else { return true }
            return targets.contains(target)
        }

        var until: MonotonicTime { since + CredentialGate.rest }
    }

    /// What became of one showing.
    enum Verdict: Equatable {
        /// Nothing was shown, or the answer says nothing of the credentials.
        case none
        case accepted, refused
        /// Shown for this target, and the answer may be the proxy's or the service's.
        case unclear(UInt16)
        /// Shown, and no answer came.
        case unanswered
    }

    private enum State: Equatable {
        case untried, accepted
        case resting(Rest)
    }

    private struct Entry {
        var state = State.untried
        var shown = 0

        /// What is known of them.
        enum Standing {
            case untried, accepted, resting
            case unclear([UInt16])
        }

        var standing: Standing {
            switch state {
            case .untried: .untried
            case .accepted: .accepted
            case .resting(let rest): if case .unclear(let targets) = rest.cause { .unclear(targets) } else { .resting }
            }
        }

        func rest(at now: MonotonicTime) -> Rest? {
            guard case .resting(let rest) = state, now < rest.until else { return nil }
            return rest
        }
    }

    /// By what was shown, so that two passwords for one user do not undo each other's rest.
    private var entries: [CredentialContent: Entry] = [:]
    /// The scheme that the proxy last took: the next probe begins with it.
    private(set) var scheme: AuthenticationScheme?
    /// How the proxy asked for them.
    private(set) var realm: ProxyRealm?

    static let rest: Duration = .seconds(900)
    static let together = 2
    /// Accounts are closed after three wrong passwords at the least.
    static let mostUnclear = 2
    /// More passwords than that within a rest are none that anybody knows.
    static let mostContents = 16

    /// Leave to show them; whoever gets `go` calls `leave` once.
    /// - Parameter target: the mark of who is asked; nil for one whose answer will hardly be clear.
    mutating func ask(at now: MonotonicTime, _ content: CredentialContent, for target: UInt16? = 0) -> Answer {
        if let rest = rest(at: now, content, for: target) { return .rests(rest) }
        if entries[content] == nil, let rest = makeRoom(at: now) { return .rests(rest) }
        var entry = entries[content, default: Entry()]
        if case .resting = entry.state, entry.rest(at: now) == nil { entry.state = .untried }
        guard entry.shown < (entry.state == .accepted ? Self.together : 1) else { return .wait }
        entry.shown += 1
        entries[content] = entry
        return .go
    }

    /// Forgets what is of no more use.
    /// - Returns: the longest rest when nothing can be forgotten.
    private mutating func makeRoom(at now: MonotonicTime) -> Rest? {
        guard entries.count >= Self.mostContents else { return nil }
        entries = entries.filter { $0.value.shown > 0 || $0.value.rest(at: now) != nil }
        guard entries.count >= Self.mostContents else { return nil }
        return entries.values.compactMap { $0.rest(at: now) }.max { $0.since < $1.since }
            ?? Rest(since: now, wasRefused: false)
    }

    /// Whether a probe that begins without them would be told to leave them out.
    func rest(at now: MonotonicTime, _ content: CredentialContent, for target: UInt16? = 0) -> Rest? {
        entries[content]?.rest(at: now).flatMap { $0.holds(for: target) ? $0 : nil }
    }

    /// Whether a probe shows them now and nobody knows yet what comes of it.
    func isTried(_ content: CredentialContent) -> Bool {
        entries[content].map { $0.shown > 0 && $0.state != .accepted } ?? false
    }

    /// Takes over what an earlier run knew.
    mutating func remember(_ content: CredentialContent, _ rest: Rest) {
        if entries[content] == nil { entries[content] = Entry(state: .resting(rest)) }
    }

    /// What the next run must know; of one that is being shown nobody knows yet that it is good.
    func rests(at now: MonotonicTime) -> [(mark: UInt16, rest: Rest)] {
        entries.compactMap { content, entry in
            if let rest = entry.rest(at: now), !rest.isPartial || entry.shown == 0 { return (content.mark, rest) }
            guard entry.shown > 0, entry.state != .accepted else { return nil }
            return (content.mark, Rest(since: now, wasRefused: false))
        }
    }

    /// Of all that it has a word on.
    var marks: Set<UInt16> { Set(entries.keys.map(\.mark)) }

    /// Whether the proxy is known to take them.
    func isProven(_ content: CredentialContent) -> Bool { entries[content]?.state == .accepted }

    /// The proxy has let a request by this scheme pass. Without the way it asked a service's own 407 would look like its word.
    mutating func worked(_ realm: ProxyRealm) {
        scheme = realm.scheme
        self.realm = realm
    }

    /// A probe that was let through has ended, or its credentials are judged.
    mutating func leave(_ content: CredentialContent, at now: MonotonicTime, _ verdict: Verdict) {
        guard var entry = entries[content] else { return }
        entry.shown = max(0, entry.shown - 1)
        switch (verdict, entry.standing) {
        case (.refused, _):
            entry.state = .resting(Rest(since: now, .refused))
            scheme = nil
            realm = nil
        // Another probe may have been refused meanwhile: that stands.
        case (.accepted, .untried), (.accepted, .unclear): entry.state = .accepted
        case (.unanswered, .untried), (.unanswered, .unclear):
            entry.state = .resting(Rest(since: now, .unanswered))
        case (.unclear(let target), .untried):
            entry.state = .resting(Rest(since: now, .unclear(by: [target])))
        case (.unclear(let target), .unclear(let others)):
            entry.state = .resting(Rest(since: now, .unclear(by: others + [target])))
        // Behind a proxy that takes them, silence is the service's, and so is what else it says.
        default: break
        }
        entries[content] = entry
    }
}
