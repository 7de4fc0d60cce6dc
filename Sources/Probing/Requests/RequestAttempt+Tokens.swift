internal import Model
internal import Sockets
internal import Wire

// A token of Negotiate, which a thread of its own asks GSS-API for: the KDC may be silent.
extension RequestAttempt {
    func fetchToken(for address: IPAddress) {
        guard let host = task.proxy?.host else { return }
        let since = SystemClock.monotonic().nanoseconds
        state = .fetching(address, number: loop.fetchToken(host, for: self), since: since)
    }

    func took(_ answer: TokenOffice.Answer) {
        guard case .fetching(let address, _, let since) = state else { return }
        countWait(since: since)
        loop.endFetching(self)
        switch answer {
        case .token(let token):
            self.token = token
            show(.negotiate, to: address)
        case .failed(let why): goOnWithoutToken(why, to: address)
        case .late: goOnLate(to: address)
        }
    }

    /// There may be time for another scheme.
    func tokenIsLate() {
        guard case .fetching(let address, _, let since) = state else { return }
        countWait(since: since)
        loop.withdraw(self)
        goOnLate(to: address)
    }

    /// The next probe asks again: a weaker scheme that works meanwhile is not remembered.
    private func goOnLate(to address: IPAddress) {
        wasTokenLate = true
        goOnWithoutToken("the KDC does not answer", to: address)
    }

    private func goOnWithoutToken(_ why: String, to address: IPAddress) {
        dialogue.noteFailed(.negotiate, why)
        if challenges.isEmpty {
            // The proxy was to be shown it at once: what else it takes nobody has asked yet.
            leaveOut(loop.rest(of: self))
            transfer(to: address)
        } else {
            take(dialogue.refused(challenges, scheme: nil, wasShown: false), nil, at: address)
        }
    }

    /// The time of the whole is over.
    func noToken(_ why: String) {
        guard case .fetching(_, _, let since) = state else { return }
        countWait(since: since)
        loop.withdraw(self)
        end(.failed(.proxyAuthRequired), message: ProxyDialogue.cannotPerform([.negotiate: why]))
    }

    /// It is a part of what the proxy's question takes.
    private func countWait(since: Int64) {
        let phase: PhaseName = depth != .request || target.scheme != .http ? .proxyTunnel : .request
        phases.add(phase, .nanoseconds(SystemClock.monotonic().nanoseconds - since))
    }
}
