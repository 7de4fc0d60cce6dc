internal import Model
internal import Sockets

extension RequestLoop {
    /// The scheme that this proxy took last; nil where that is not known or the credentials rest.
    func provenScheme(of proxy: ProxyServer?) -> AuthenticationScheme? {
        CredentialBook.Key(proxy).flatMap { credentials.scheme(of: $0) }
    }

    /// Why the credentials as they are now are not shown; nil when they may be.
    func rest(of attempt: RequestAttempt) -> CredentialGate.Rest? {
        let proxy = attempt.task.proxy
        guard let key = CredentialBook.Key(proxy) else { return nil }
        do throws(SecretError) {
            let content = credentials.content(try proxy?.revealedPassword())
            return credentials.rest(of: key, content, for: mark(of: attempt))
        } catch {
            // Who is to show them will say that the file cannot be read.
            return nil
        }
    }

    private func mark(of attempt: RequestAttempt) -> UInt16? {
        attempt.task.expectsDenial ? nil : credentials.mark(of: attempt.target)
    }

    /// Leave to show the credentials; one who must wait is called when it is its turn.
    func admit(_ attempt: RequestAttempt, _ content: CredentialContent) -> CredentialGate.Answer {
        guard let key = CredentialBook.Key(attempt.task.proxy) else { return .go }
        let answer = credentials.ask(
            key,
            content,
            for: mark(of: attempt),
            at: attempt.proxyAddresses,
            engine: engineNumber
        )
        if answer == .wait {
            waiting[key, default: []].removeAll { !$0.isQueued }
            waiting[key, default: []].append(attempt)
        }
        return answer
    }

    /// How the proxy asked for the credentials that it takes.
    func provenRealm(of proxy: ProxyServer?) -> ProxyRealm? {
        CredentialBook.Key(proxy).flatMap { credentials.realm(of: $0) }
    }

    /// An answer came to credentials that refuses nothing.
    /// - Parameter remembers: the next probe begins with this scheme.
    /// - Returns: what it says of them.
    func judged(_ proxy: ProxyServer?, _ transfer: Transfer, remembers: Bool = true) -> CredentialGate.Verdict {
        guard transfer.word == .accepted else { return .unclear(credentials.mark(of: transfer.order.target)) }
        if remembers, let key = CredentialBook.Key(proxy), let realm = transfer.realm { credentials.worked(key, realm) }
        return .accepted
    }

    /// Whoever waits is woken through the inbox, those of other engines too.
    func leaveGate(_ proxy: ProxyServer?, _ content: CredentialContent, _ verdict: CredentialGate.Verdict) {
        if let key = CredentialBook.Key(proxy) { credentials.leave(key, content, verdict) }
    }

    /// There may be a place at a gate.
    func wake(_ key: CredentialBook.Key) { resuming += waiting.removeValue(forKey: key) ?? [] }

    // MARK: Answers that come too late for their probe

    /// Ends a transfer whose probe is over; one that has shown unproven credentials without an answer is listened to.
    /// - Returns: whether it is, and with it the place at the gate is another's.
    func listen(to transfer: Transfer, _ proxy: ProxyServer?, _ content: CredentialContent) -> Bool {
        guard transfer.wereCredentialsShown, transfer.word == nil, !isStopped,
            let key = CredentialBook.Key(proxy), !credentials.isProven(key, content)
        else { return false }
        let listener = CredentialListener(
            transfer,
            proxy,
            content,
            now: SystemClock.monotonic().nanoseconds,
            loop: self
        )
        take(transfer, by: listener)
        listeners.append(listener)
        return true
    }

    /// Ends the transfers that have been answered or that nobody waits for any more; not in a callback of libcurl.
    func sweepListeners() {
        for listener in listeners where listener.until <= now { listener.end(.unanswered) }
        for listener in listeners where listener.isDone { finish(listener.transfer) }
        listeners.removeAll { $0.isDone }
    }

    /// Lets those go on who waited for credentials; not in a callback of libcurl, which takes no new transfer there.
    func resume() {
        guard !resuming.isEmpty else { return }
        let attempts = resuming
        resuming = []
        // Those for whom there is still no room queue again, in their order.
        for attempt in attempts { attempt.goOn() }
    }
}

extension ProxyServer {
    /// The password as it is now; nil for a ticket of the host.
    func revealedPassword() throws(SecretError) -> Secret? {
        guard let source = credentials?.password else { return nil }
        return Secret(try source.reveal())
    }
}
