public import Model

/// The schemes of authentication that are performed, strongest first (RFC 4559, MS-NLMP, RFC 7616, RFC 7617).
public enum AuthenticationScheme: String, CaseIterable, Sendable {
    case negotiate, ntlm, digest, basic
}

/// An HTTP proxy as a probe goes through it.
public struct ProxyServer: Hashable, Sendable {
    public struct Credentials: Hashable, Sendable {
        /// Of those that the proxy offers, the first of these is performed.
        public var schemes: [AuthenticationScheme]
        public var username: String
        /// Nil for Negotiate with a ticket of the host.
        public var password: SecretSource?

        public init(schemes: [AuthenticationScheme], username: String, password: SecretSource?) {
            self.schemes = schemes
            self.username = username
            self.password = password
        }
    }

    /// As the configuration names it, or its URL without user and password.
    public var name: String
    /// IPv6 without brackets.
    public var host: String
    public var port: UInt16
    /// Nil: none are sent.
    public var credentials: Credentials?
    /// TLS to the proxy itself (RFC 9110 §4.2.2).
    public var isSecured = false
    /// PEM file of the authorities that sign its certificate; nil: the system's.
    public var caFile: String?

    public init(name: String, host: String, port: UInt16, credentials: Credentials? = nil) {
        self.name = name
        self.host = host
        self.port = port
        self.credentials = credentials
    }
}

extension ProxyServer {
    /// Reads `http://[USER:PASSWORD@]HOST[:PORT]`, or `https://` for TLS to the proxy; the port is 3128 unless written, with
    /// TLS 443.
    /// - Throws: `TargetError`, whose text holds no word of the URL that could be a password.
    public init(name: String? = nil, url: String, credentials: Credentials? = nil) throws(TargetError) {
        guard let separator = url.firstRange(of: "://") else {
            throw TargetError("a proxy is written http://HOST:PORT")
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw TargetError("a proxy's URL begins with http:// or https://")
        }
        let authority = url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        let parsed: Target
        do throws(TargetError) {
            parsed = try Target(parsing: "http://" + place)
        } catch {
            throw TargetError("the host or port of the proxy's URL is wrong")
        }
        let hasPort =
            place.last != "]" && place.contains(":") && place.split(separator: "]").last?.contains(":") == true
        var found = credentials
        if let at, found == nil {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let password = parts.count > 1 ? Secret(parts[1].percentDecoded) : nil
            found = Credentials(
                schemes: AuthenticationScheme.allCases,
                username: parts[0].percentDecoded,
                password: password.map { .value($0) }
            )
        }
        let usual: UInt16 = scheme == "https" ? 443 : 3128
        let port = hasPort ? parsed.port ?? usual : usual
        let shown = parsed.host.contains(":") ? "[\(parsed.host)]" : parsed.host
        self.init(
            name: name ?? "\(scheme)://\(shown):\(port)",
            host: parsed.host,
            port: port,
            credentials: found
        )
        isSecured = scheme == "https"
    }
}
