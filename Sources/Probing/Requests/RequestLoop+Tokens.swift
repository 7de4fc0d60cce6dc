internal import Model
internal import Sockets

// Tokens of Negotiate, for those who show them.
extension RequestLoop {
    /// - Returns: the number of the question.
    func fetchToken(_ host: String, for attempt: RequestAttempt) -> UInt64 {
        let now = SystemClock.monotonic().nanoseconds
        let end = attempt.startedAt &+ attempt.task.timeout.nanoseconds
        tokenDeadlines.set(attempt.place, to: now &+ max(0, end &- now) / 2)
        let (place, number, post) = (attempt.place, attempt.number, post)
        return tokens.ask(host) { post(.token(place: place, number: number, $0)) }
    }

    func endFetching(_ attempt: RequestAttempt) { tokenDeadlines.remove(attempt.place) }

    /// Its token is not wanted any more.
    func withdraw(_ attempt: RequestAttempt) {
        endFetching(attempt)
        guard case .fetching(_, let number, _) = attempt.state, let host = attempt.task.proxy?.host else { return }
        tokens.withdraw(number, of: host)
    }

    func expireTokens() {
        while let (time, place) = tokenDeadlines.first, time <= now {
            tokenDeadlines.remove(place)
            streams[place].attempt?.tokenIsLate()
        }
    }
}
