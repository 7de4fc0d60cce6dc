import Model
import Wire

/// What goes through the proxies, counted and judged. Pure.
struct ProxyLedger {
    /// What one request adds to the counters of its proxy.
    struct Counts: Equatable {
        var proxy: String
        var codes: [Int] = []
        var schemes: [String] = []
        var wasRefused = false
    }

    private(set) var proxies: [ProxyStatus] = []
    private var misses: [String: Int] = [:]

    static let downAfter = 3

    /// Takes over the proxies of a configuration; those that stay keep their state.
    mutating func configure(_ names: [String], at now: MonotonicTime) {
        let known = Dictionary(proxies.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        proxies = names.map { known[$0] ?? ProxyStatus(name: $0, since: now) }
        misses = misses.filter { known[$0.key] != nil }
    }

    /// Takes the outcome of anything that went, or should have gone, through a proxy.
    /// - Parameter showsCredentials: else a 407 says nothing of those that the proxy is configured with.
    mutating func note(_ outcome: Outcome, through name: String, showsCredentials: Bool = true) -> Counts? {
        guard let place = proxies.firstIndex(where: { $0.name == name }) else { return nil }
        if case .invalid = outcome.result { return nil }
        guard let facts = outcome.detail?.request?.proxy else {
            reach(place, outcome, isConnected: outcome.isAnswer)
            return Counts(proxy: name)
        }
        reach(place, outcome, isConnected: facts.isConnected)
        if showsCredentials {
            proxies[place].isSuspended = facts.isSuspended
            authenticate(place, outcome, facts)
        }
        var counts = Counts(proxy: name, codes: facts.statuses, schemes: facts.challenges.map(\.scheme))
        if case .failed(let reason) = outcome.result { counts.wasRefused = reason.isOfAuthentication }
        return counts
    }

    private mutating func reach(_ place: Int, _ outcome: Outcome, isConnected: Bool) {
        let name = proxies[place].name
        guard !isConnected else {
            misses[name] = 0
            proxies[place].answers = true
            proxies[place].isDown = false
            return
        }
        // What never left this host says nothing of the proxy.
        guard case .failed(let reason) = outcome.result, !reason.isOfThisHost else { return }
        if misses[name, default: 0] == 0 { proxies[place].since = outcome.sentAt }
        misses[name, default: 0] += 1
        proxies[place].answers = false
        proxies[place].evidence = "\(reason)\(outcome.detail?.message.map { ": \($0)" } ?? "")"
        proxies[place].isDown = misses[name, default: 0] >= Self.downAfter
    }

    private mutating func authenticate(_ place: Int, _ outcome: Outcome, _ facts: ProxyFacts) {
        guard let status = facts.status else { return }
        let verdict: ProxyStatus.Authentication =
            switch outcome.result {
            case .failed(.proxyAuthRequired): .required
            case .failed(.proxyAuthRejected): .rejected
            default: status == 407 ? proxies[place].authentication : .fine
            }
        if verdict != .fine {
            if proxies[place].authentication != verdict { proxies[place].since = outcome.sentAt }
            proxies[place].evidence = outcome.detail?.message ?? "status \(status)"
        }
        proxies[place].authentication = verdict
    }
}

extension Reason {
    fileprivate var isOfAuthentication: Bool { self == .proxyAuthRequired || self == .proxyAuthRejected }
}
