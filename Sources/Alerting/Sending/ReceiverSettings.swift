public import Model
import Sockets

/// Where alerts go, and how.
public struct ReceiverSettings: Hashable, Sendable {
    public enum Format: String, CaseIterable, Hashable, Sendable {
        /// `POST {url}/api/v2/alerts` of an Alertmanager.
        case alertmanagerAPI = "alertmanager-api"
        /// Alertmanager's webhook payload, version 4.
        case alertmanager
        case slack, teams, pagerduty
    }

    public enum Authorization: Hashable, Sendable {
        case none
        case basic(user: String, password: SecretSource)
        case bearer(SecretSource)
    }

    /// Without user name and password: those go to `authorization`. Empty when `urlFile` holds it.
    public var url: String
    /// Path of a file whose first line is the URL, read at each use.
    public var urlFile: String?
    public var format: Format
    public var authorization: Authorization
    /// Of PagerDuty only: the integration key.
    public var routingKey: SecretSource?
    /// PEM file of the authorities to trust; nil for the system's.
    public var caFile: String?
    /// URL of a proxy; nil for none. The environment is never asked.
    public var proxy: String?
    public var connectTimeout: Duration
    /// Of one request as a whole.
    public var timeout: Duration
    /// Alerts waiting at most; the oldest are dropped and counted.
    public var queueLimit: Int

    /// Takes user name and password out of `url` when it holds some and no other authorization is given.
    public init(
        url: String,
        format: Format,
        authorization: Authorization = .none,
        routingKey: SecretSource? = nil,
        caFile: String? = nil,
        proxy: String? = nil,
        connectTimeout: Duration = .seconds(1),
        timeout: Duration = .seconds(5),
        queueLimit: Int = 10_000
    ) {
        let (bare, user) = Self.split(url)
        self.url = bare
        self.format = format
        if authorization == .none, let user {
            self.authorization = .basic(user: user.name, password: .value(Secret(user.password)))
        } else {
            self.authorization = authorization
        }
        self.routingKey = routingKey
        self.caFile = caFile
        self.proxy = proxy
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.queueLimit = max(1, queueLimit)
    }

    /// A receiver whose URL is a secret and stands in a file.
    public init(urlFile: String, format: Format, routingKey: SecretSource? = nil) {
        self.init(url: "", format: format, routingKey: routingKey)
        self.urlFile = urlFile
    }

    /// URL and authorization of the next request.
    /// - Throws: `SecretError` when the file with the URL cannot be read.
    func destination() throws(SecretError) -> (url: String, authorization: Authorization) {
        guard let urlFile else { return (url, authorization) }
        let read = Self(url: try SecretSource.file(urlFile).reveal(), format: format, authorization: authorization)
        return (read.url, read.authorization)
    }

    /// Scheme, host and port: the part of the URL that holds no secret. Paths and queries of webhooks often do.
    public var name: String {
        if let urlFile { return "the receiver of \(urlFile)" }
        guard let scheme = url.firstRange(of: "://") else { return "receiver" }
        return String(
            url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        )
    }

    /// Tells receivers apart, also over a restart, without showing what is secret in a URL.
    var key: String { "\(format.rawValue) \(name) \(String(Checksum.fnv1a((urlFile ?? url).utf8), radix: 16))" }

    private static func split(_ url: String) -> (url: String, user: (name: String, password: String)?) {
        guard let scheme = url.firstRange(of: "://") else { return (url, nil) }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return (url, nil) }
        let user = authority[..<at]
        let rest = url[authority.index(after: at)...]
        let name = user.prefix { $0 != ":" }
        let password = user.dropFirst(name.count + 1)
        return (String(url[..<scheme.upperBound] + rest), (name.percentDecoded, password.percentDecoded))
    }
}
