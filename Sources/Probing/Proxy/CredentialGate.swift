internal import Model

/// Who may show the credentials of one proxy, and when. Pure.
///
/// A monitor must never lock an account: credentials that are not proven are shown by one probe at a time, proven ones by
/// two, and refused ones rest for 15 minutes or until their file is written anew.
struct CredentialGate {
    enum Answer: Equatable {
        case go
        /// Others are showing them now.
        case wait
        case rests(until: MonotonicTime)
    }

    private enum State: Equatable {
        case untried
        case accepted
        case refused(at: MonotonicTime)
    }

    private var state = State.untried
    /// What the secret's file was when they were refused.
    private var edition: Int64?
    private(set) var shown = 0
    /// The scheme that last succeeded: the next probe begins with it.
    private(set) var scheme: AuthenticationScheme?

    static let rest: Duration = .seconds(900)
    static let together = 2

    mutating func ask(at now: MonotonicTime, edition current: Int64?) -> Answer {
        if case .refused(let moment) = state {
            let end = moment + Self.rest
            guard now >= end || current != edition else { return .rests(until: end) }
            state = .untried
        }
        guard shown < (state == .accepted ? Self.together : 1) else { return .wait }
        shown += 1
        return .go
    }

    /// Whether a probe that begins without them would be told to leave them out.
    func isResting(at now: MonotonicTime, edition current: Int64?) -> Bool {
        guard case .refused(let moment) = state else { return false }
        return now < moment + Self.rest && current == edition
    }

    mutating func accepted(by scheme: AuthenticationScheme) {
        // Another probe may have been refused meanwhile: that stands.
        if state == .untried { state = .accepted }
        self.scheme = scheme
    }

    mutating func refused(at now: MonotonicTime, edition current: Int64?) {
        state = .refused(at: now)
        edition = current
        scheme = nil
    }

    /// A probe that was let through has ended, or its credentials are judged.
    mutating func leave() { shown = max(0, shown - 1) }
}
