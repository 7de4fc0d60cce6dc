internal import CCurl
internal import Model
internal import Sockets
internal import Wire

// The proxy's 407, and the leave to show it credentials.
extension RequestAttempt {
    /// Asks for leave to show the credentials.
    func show(_ scheme: AuthenticationScheme, to address: IPAddress) {
        if scheme == .negotiate, token == nil { return fetchToken(for: address) }
        let password: Secret?
        do throws(SecretError) {
            password = scheme == .negotiate ? nil : try task.proxy?.revealedPassword()
        } catch {
            return end(.failed(.internal), message: error.description)
        }
        let content = loop.credentials.content(password)
        switch loop.admit(self, content) {
        case .go:
            admission = content
            transfer(to: address, scheme: scheme, password: password)
        case .wait:
            state = .queued(scheme, address)
        case .restsElsewhere(let rest, let proxies):
            refusers = proxies
            leaveOut(rest)
            guard proxyFacts?.statuses.isEmpty == true else { return endSuspended() }
            transfer(to: address)
        case .rests(let rest):
            leaveOut(rest)
            // The first answer to this attempt may be there already; it says all that can be known.
            guard proxyFacts?.statuses.isEmpty == true else { return endSuspended() }
            transfer(to: address)
        }
    }

    func leaveOut(_ rest: CredentialGate.Rest?) {
        self.rest = rest
        if rest != nil { proxyFacts?.isSuspended = true }
    }

    func endSuspended() {
        // What this proxy has not said itself is told as the word of those who did.
        let whose = refusers.isEmpty ? "" : " by \(refusers.joined(separator: " and "))"
        switch rest?.cause {
        case .unanswered:
            let place = refusers.isEmpty ? "" : " to \(refusers.joined(separator: " and "))"
            let message = "the credentials were shown\(place) before, no answer came, and they rest for a while"
            end(.failed(.proxyAuthRequired), message: message)
        case .unclear:
            let message =
                "the credentials were shown before, the answer did not say whether they are right, and they rest"
            end(.failed(.proxyAuthRequired), message: message + " for a while")
        case .refused, nil:
            let message = "the credentials were refused\(whose) before and rest for a while"
            end(.failed(.proxyAuthRejected), message: message)
        }
    }

    var isQueued: Bool { if case .queued = state { true } else { false } }

    /// It is its turn.
    func goOn() {
        guard case .queued(let scheme, let address) = state else { return }
        show(scheme, to: address)
    }

    /// What a transfer that is over means for the credentials it had leave to show.
    func verdict(of transfer: Transfer) -> CredentialGate.Verdict {
        guard transfer.wereCredentialsShown else { return .none }
        return switch transfer.word {
        case .accepted, .unclear: loop.judged(task.proxy, transfer, remembers: !wasTokenLate)
        case .refused: .refused
        case .stale where dialogue.wasStale: .unanswered
        case .stale: .none
        case .goesOn, nil: .unanswered
        }
    }

    /// Whether the last 407 of a transfer is the proxy's word, and not a message of a handshake that broke off.
    func isJudged(_ transfer: Transfer) -> Bool {
        guard transfer.stop == nil else { return false }
        // The 407 before them asked for them; what broke off after them was no word.
        if transfer.wereCredentialsShown { return transfer.word == .refused || transfer.word == .stale }
        switch transfer.order.scheme {
        case .ntlm: return transfer.proxyHeads.count == 1 && !hasToken(transfer)
        case .negotiate, .digest, .basic, nil: return true
        }
    }

    func hasToken(_ transfer: Transfer) -> Bool {
        transfer.proxyHeads.last.map { Self.challenges($0).contains { $0.token != nil } } ?? false
    }

    static func challenges(_ head: HeadReader.Head) -> [AuthenticationChallenge] {
        Array(head.values(of: "proxy-authenticate").flatMap { AuthenticationChallenge.parse($0.utf8) }.prefix(32))
    }

    func answer(_ transfer: Transfer, _ head: HeadReader.Head) {
        let scheme = transfer.order.scheme
        challenges = Self.challenges(head)
        take(
            dialogue.refused(challenges, scheme: scheme, wasShown: transfer.wereCredentialsShown),
            transfer,
            at: transfer.order.address
        )
    }

    func take(_ step: ProxyDialogue.Step, _ transfer: Transfer?, at address: IPAddress) {
        switch step {
        case .show(let next):
            if rest != nil { return endSuspended() }
            realm = ProxyRealm(next, in: challenges)
            show(next, to: address)
        case .fail(let reason, let message):
            end(.failed(reason), message: message, transfer)
        }
    }

    /// Leaves a transfer before its end.
    func leave(_ transfer: Transfer) {
        if let content = admission, loop.listen(to: transfer, task.proxy, content) {
            admission = nil
        } else {
            loop.finish(transfer)
            leaveGate(verdict(of: transfer))
        }
    }

    func leaveGate(_ verdict: CredentialGate.Verdict) {
        guard let content = admission else { return }
        admission = nil
        loop.leaveGate(task.proxy, content, verdict)
    }
}
