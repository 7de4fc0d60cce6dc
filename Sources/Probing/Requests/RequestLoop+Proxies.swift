internal import Model
internal import Sockets

/// The gate before the credentials of one proxy, and who waits there.
struct ProxyDoor {
    /// One set of credentials at one proxy.
    struct Key: Hashable {
        var host: String
        var port: UInt16
        var username: String

        init?(_ proxy: ProxyServer?) {
            guard let proxy, let credentials = proxy.credentials else { return nil }
            host = proxy.host
            port = proxy.port
            username = credentials.username
        }
    }

    var gate = CredentialGate()
    var waiting: [RequestAttempt] = []
}

extension RequestLoop {
    private var moment: MonotonicTime { MonotonicTime(nanoseconds: now) }

    /// The scheme that this proxy took last; nil where that is not known or the credentials rest.
    func provenScheme(of proxy: ProxyServer?) -> AuthenticationScheme? {
        ProxyDoor.Key(proxy).flatMap { doors[$0]?.gate.scheme }
    }

    func isResting(_ proxy: ProxyServer?) -> Bool {
        guard let key = ProxyDoor.Key(proxy) else { return false }
        return doors[key]?.gate.isResting(at: moment, edition: proxy?.credentials?.password?.edition) ?? false
    }

    /// Leave to show the credentials; one who must wait is called when it is its turn.
    func admit(_ attempt: RequestAttempt) -> CredentialGate.Answer {
        guard let key = ProxyDoor.Key(attempt.task.proxy) else { return .go }
        let edition = attempt.task.proxy?.credentials?.password?.edition
        let answer = doors[key, default: ProxyDoor()].gate.ask(at: moment, edition: edition)
        if answer == .wait { doors[key]?.waiting.append(attempt) }
        return answer
    }

    func accepted(_ proxy: ProxyServer?, by scheme: AuthenticationScheme) {
        if let key = ProxyDoor.Key(proxy) { doors[key]?.gate.accepted(by: scheme) }
    }

    func refused(_ proxy: ProxyServer?) {
        guard let key = ProxyDoor.Key(proxy) else { return }
        doors[key]?.gate.refused(at: moment, edition: proxy?.credentials?.password?.edition)
    }

    func leaveGate(_ proxy: ProxyServer?) {
        guard let key = ProxyDoor.Key(proxy) else { return }
        doors[key]?.gate.leave()
        resuming += doors[key]?.waiting ?? []
        doors[key]?.waiting = []
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
