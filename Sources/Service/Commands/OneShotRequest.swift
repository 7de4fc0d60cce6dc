import Model
import Probing
import Scheduling
import Settings
import Sockets
import Wire

/// One request of `netprobe probe`: HTTP, TLS, or whatever goes through a proxy.
struct OneShotRequest {
    let target: Target
    let question: RequestQuestion
    let proxy: ProxyServer?
    let timeout: Duration
    let caFile: String?
    var tls = RequestTLS()
    /// Where `serve` keeps what rests; nil where no configuration names it.
    var stateDirectory: String?

    func run(
        _ log: (String) -> Void,
        debug: (String) -> Void
    ) throws(SystemError) -> OneShotResult {
        var task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: target,
            question: question,
            proxy: proxy,
            timeout: timeout,
            caFile: caFile
        )
        task.tls = tls
        let way = proxy.map { " through the proxy \($0.name)" } ?? ""
        debug("request: \(target)\(way), timeout \(timeout.text)")
        let outcome = try RequestEngine.requestOnce(
            task,
            lookup: NameResolver(threads: 2).hostLookup,
            credentials: CredentialBook(of: proxy, stateDirectory: stateDirectory, log)
        )
        debug("outcome: \(outcome.result)")
        var result = OneShotResult(target: target, outcome: outcome)
        if let reason = result.reason, reason.isOfResolution, target.scheme != .dns { result.status = 69 }
        tell(outcome.detail?.request, debug)
        return result
    }

    /// What the rounds and the handshake were, without anything that is secret.
    private func tell(_ facts: RequestFacts?, _ debug: (String) -> Void) {
        if let proxy = facts?.proxy {
            let statuses = proxy.statuses.map(String.init).joined(separator: ", ")
            debug("proxy: answered \(statuses.isEmpty ? "nothing" : statuses)")
            for challenge in proxy.challenges {
                debug("proxy: offers \(challenge.scheme)\(challenge.realm.map { " for '\($0)'" } ?? "")")
            }
            if let scheme = proxy.scheme { debug("proxy: credentials shown by \(scheme)") }
        }
        if let tls = facts?.tls {
            debug("tls: \(tls.version ?? "no handshake")\(tls.alpn.map { ", \($0)" } ?? "")")
            for certificate in tls.certificates {
                debug(
                    "tls: \(certificate.subject), issued by \(certificate.issuer), to \(certificate.notAfter.rfc3339)"
                )
            }
        }
    }
}

extension Reason {
    var isOfResolution: Bool {
        switch self {
        case .dnsNXDomain, .dnsTimeout, .dnsServFail, .dnsError: true
        default: false
        }
    }
}

extension CredentialBook {
    /// - Parameter isBrief: of a command that probes once beside `serve`.
    convenience init(stateDirectory: String?, isBrief: Bool = false) {
        self.init(path: stateDirectory.map { "\($0)/credentials.json" }, isBrief: isBrief)
    }
}

extension ProxyServer {
    /// - Throws: `TargetError` that quotes nothing of the URL.
    init(_ proxy: Proxy) throws(TargetError) {
        let credentials = proxy.authentication.map { authentication in
            Credentials(
                schemes: authentication.schemes.compactMap { AuthenticationScheme(rawValue: $0.rawValue) },
                username: authentication.username,
                password: authentication.password
            )
        }
        try self.init(name: proxy.name, url: proxy.url.reveal(), credentials: credentials)
        caFile = proxy.caFile
    }
}
