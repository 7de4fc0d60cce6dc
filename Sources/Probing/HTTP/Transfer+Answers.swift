internal import CCurl
internal import Glibc
internal import Model
internal import Sockets
internal import Wire

// What comes and goes over it.
extension Transfer {
    static let takeHeader: ccurl_data_function = { bytes, size, count, own in
        guard let bytes, let transfer = Transfer.own(own) else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer.take(header: Array(line)) ? size * count : 0
    }

    func take(header line: [UInt8]) -> Bool {
        timeline.received(at: SystemClock.monotonic().nanoseconds)
        switch reader.take(line) {
        case .line: return true
        case .head(let head): return take(head)
        case .tooLong:
            stop = .headTooLong
            return false
        }
    }

    func take(_ head: HeadReader.Head) -> Bool {
        let now = SystemClock.monotonic()
        guard head.status >= 200 else { return true }
        // A plain proxy's 407 stands where the service's answer would.
        if timeline.current == .proxyTunnel || isPlainRefusal(head) {
            proxyHeads.append(head)
            guard proxyHeads.count(where: { $0.status == 407 }) < Self.mostRounds else {
                stop = .tooManyRounds
                return false
            }
            if (200...299).contains(head.status) { timeline.tunnelled(at: now.nanoseconds) }
            // It says all that can be known, and the next try has a connection of its own: nobody waits for its body.
            if head.status == 407, order.scheme == nil || isNoChallenge(head) { return false }
        } else {
            // RFC 9112 §6.3: nobody can say where such an answer ends; libcurl takes a sign.
            guard head.values(of: "content-length").allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else {
                stop = .badLength
                return false
            }
            self.head = head
            headAt = now
            body.removeAll()
            bodyBytes = 0
        }
        return takeWord(of: head)
    }

    /// The wish for NTLM is answered with its challenge (MS-NLMP §1.3.1.1); libcurl would begin anew as often as it is not.
    private func isNoChallenge(_ head: HeadReader.Head) -> Bool {
        order.scheme == .ntlm && !wereCredentialsShown && !Self.challenges(head).contains { $0.token != nil }
    }

    /// Whether a proxy that forwards says 407 itself, and not the service behind it.
    func isPlainRefusal(_ head: HeadReader.Head) -> Bool {
        guard order.proxy != nil, !order.tunnels, head.status == 407 else { return false }
        return isProxys(head)
    }

    func isProxys(_ head: HeadReader.Head) -> Bool {
        guard wereCredentialsShown, let realm else { return true }
        return realm.asks(in: Self.challenges(head))
    }

    static func challenges(_ head: HeadReader.Head) -> [AuthenticationChallenge] {
        head.values(of: "proxy-authenticate").flatMap { AuthenticationChallenge.parse($0.utf8) }
    }

    /// How the proxy asked for the credentials when it had seen none.
    var realm: ProxyRealm? {
        guard let scheme = order.scheme else { return nil }
        return asked ?? (order.realm?.scheme == scheme ? order.realm : nil)
    }

    /// What tells whose an answer to a forwarded request is.
    func hints(_ head: HeadReader.Head) -> ProxyWord.Hints {
        var hints = ProxyWord.Hints()
        hints.realm = realm
        hints.wanted = head.values(of: "www-authenticate").flatMap { AuthenticationChallenge.parse($0.utf8) }
        hints.isExpected = order.question.statuses.contains(head.status)
        let next = head.values(of: "location").first.flatMap { Redirect.resolve($0, against: order.target) }
        hints.staysAtHost = next?.host == order.target.host
        return hints
    }

    /// - Returns: whether to go on: credentials that are refused are not shown by libcurl's own second try.
    func takeWord(of head: HeadReader.Head) -> Bool {
        guard let scheme = order.scheme, wereCredentialsShown, word == nil else {
            if let scheme = order.scheme, head.status == 407 { asked = ProxyRealm(scheme, in: Self.challenges(head)) }
            return true
        }
        let challenges = Self.challenges(head)
        let isOwn = order.tunnels || head.status != 407 || isProxys(head)
        let word: ProxyWord =
            isOwn
            ? ProxyWord(
                status: head.status,
                challenges: challenges,
                tunnels: order.tunnels,
                scheme: scheme,
                hints: hints(head)
            ) : .unclear
        switch word {
        case .goesOn:
            // Kerberos needs one round, and only NTLM is spoken in more (MS-NLMP §1.3.1).
            stop = scheme == .negotiate ? .tooManyRounds : .connectionLost
            return false
        // The new nonce is in this very challenge (RFC 7616 §3.3), and libcurl answers it over one more connection.
        case .stale where !wasStale:
            wasStale = true
            mayConnectAnew = true
            return true
        case .refused, .stale:
            self.word = word
            return false
        case .accepted, .unclear:
            self.word = word
            credentialsJudged?()
            credentialsJudged = nil
            return true
        }
    }

    static let takeBody: ccurl_data_function = { bytes, size, count, own in
        guard let bytes, let transfer = Transfer.own(own) else { return 0 }
        let taken = UnsafeRawBufferPointer(start: bytes, count: size * count)
        transfer.bodyBytes += Int64(taken.count)
        let room = min(taken.count, transfer.order.keptBody - transfer.body.count)
        guard room <= 0 || transfer.order.lease?.holds(transfer.body.count + room) != false else {
            transfer.stop = .noRoom
            return 0
        }
        if room > 0 { transfer.body += taken.prefix(room) }
        guard transfer.bodyBytes <= Transfer.mostBody else {
            transfer.stop = .bodyTooLong
            return 0
        }
        return taken.count
    }

    static let watchTraffic: curl_debug_callback = { _, kind, bytes, size, own in
        guard kind == CURLINFO_HEADER_OUT, let bytes, let transfer = Transfer.own(own) else { return 0 }
        transfer.sent(UnsafeRawBufferPointer(start: bytes, count: size))
        return 0
    }

    /// A head has left. Its credentials are noticed and not kept.
    func sent(_ head: UnsafeRawBufferPointer) {
        timeline.requested(at: SystemClock.monotonic().nanoseconds)
        if order.scheme != nil, SentCredentials.areShown(in: head) { wereCredentialsShown = true }
    }
}
