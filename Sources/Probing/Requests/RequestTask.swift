public import Model
public import Wire

/// What a request asks, once it is connected.
public enum RequestQuestion: Hashable, Sendable {
    case http(HTTPQuestion)
    /// A TLS handshake (RFC 8446), ended after it.
    case tls
    /// A connection, ended after it; beside `ProbeKind.tcpConnect` for the way through a proxy.
    case connection
    /// A question to the name server that the target is.
    case dns(DNSQuery)
}

/// An HTTP request and what counts as a good answer (RFC 9110).
public struct HTTPQuestion: Hashable, Sendable {
    public var method: String
    public var fields: [HTTPResponse.Field]
    public var body: [UInt8]?
    /// At most ten, each to http or https.
    public var followsRedirects: Bool
    /// Statuses that are good; empty: 200 to 299.
    public var statuses: [Int]
    /// Texts that the body must hold, all of them.
    public var texts: [String]
    /// Every answer of the service is good, whatever its status.
    public var acceptsEveryStatus: Bool
    /// HTTP/2 where the service offers it.
    public var allowsHTTP2: Bool
    /// Nothing else than HTTP/2: without TLS from the first byte on (RFC 9113 §3.3), as gRPC has it.
    public var requiresHTTP2 = false
    /// Name of a field that gets a number of its own (RFC 9562) in each request; nil for none.
    public var requestIDField: String?

    public init(
        method: String = "GET",
        fields: [HTTPResponse.Field] = [],
        body: [UInt8]? = nil,
        followsRedirects: Bool = true,
        statuses: [Int] = [],
        texts: [String] = [],
        acceptsEveryStatus: Bool = false,
        allowsHTTP2: Bool = true
    ) {
        self.method = method
        self.fields = fields
        self.body = body
        self.followsRedirects = followsRedirects
        self.statuses = statuses
        self.texts = texts
        self.acceptsEveryStatus = acceptsEveryStatus
        self.allowsHTTP2 = allowsHTTP2
    }

    func isGood(_ status: Int) -> Bool {
        if acceptsEveryStatus { return true }
        return statuses.isEmpty ? (200...299).contains(status) : statuses.contains(status)
    }
}

extension HTTPQuestion {
    /// - Parameter expectations: three digits are a good status, every other text must stand in the body.
    public init(expecting expectations: [String]) {
        self.init()
        for text in expectations {
            if text.utf8.count == 3, let status = Int(text), (100...599).contains(status) {
                statuses.append(status)
            } else {
                texts.append(text)
            }
        }
    }
}

/// How a handshake of a request differs from the usual one.
public struct RequestTLS: Hashable, Sendable {
    /// A certificate that is refused is recorded and taken all the same.
    public var skipsVerification = false
    /// PEM files of the client's certificate and key.
    public var certificateFile: String?
    public var keyFile: String?
    /// Minor number of TLS 1; nil is the library's bound.
    public var leastMinorVersion: Int?
    public var mostMinorVersion: Int?

    public init() {}
}

/// One stream of requests: who is asked what, by which way, how often.
public struct RequestTask: Hashable, Sendable {
    public var id: ProbeID
    /// Its name is resolved for each request anew.
    public var target: Target
    public var question: RequestQuestion
    /// Nil goes directly.
    public var proxy: ProxyServer?
    public var pin: Pin
    public var interval: Duration
    /// Of the whole: the name, all rounds, all redirects.
    public var timeout: Duration
    /// From the start of the stream to its first request; nil chooses by the number of the stream.
    public var phase: Duration?
    /// PEM file of the authorities that sign the certificate; nil: the system's.
    public var caFile: String?
    /// The answer is wanted with its fields and the beginning of its body.
    public var keepsResponse: Bool
    /// Where the target's host is reached; nil looks its name up. Of a redirect elsewhere the name is looked up.
    public var address: IPAddress?
    /// How TLS differs from the usual.
    public var tls = RequestTLS()
    /// An answer counts also when it waited for the requests of others, with the time that this took: for who asks in person, and
    /// has waited as well.
    public var takesLateAnswers = false
    /// That the proxy says no is what is hoped for: it proves no credentials, so that others go first.
    public var expectsDenial = false
    /// The configuration leads there: no stranger has chosen the target.
    public var isOwn = false
    /// Bytes of the body that `keepsResponse` keeps.
    public var keptBody = RequestTask.usualBody
    /// Of the memory that all kept bodies share; nil where they are small.
    public var lease: BodyLease?

    /// Enough for error documents, health pages and what people expect in them.
    public static let usualBody = 64 << 10

    public init(
        id: ProbeID,
        target: Target,
        question: RequestQuestion,
        proxy: ProxyServer? = nil,
        pin: Pin = .none,
        interval: Duration = .seconds(1),
        timeout: Duration = .milliseconds(800),
        phase: Duration? = nil,
        caFile: String? = nil,
        keepsResponse: Bool = false
    ) {
        self.id = id
        self.target = target
        self.question = question
        self.proxy = proxy
        self.pin = pin
        self.interval = interval
        self.timeout = timeout
        self.phase = phase
        self.caFile = caFile
        self.keepsResponse = keepsResponse
    }
}

extension RequestQuestion {
    /// How a target is asked by a request; nil where another probe is for it.
    public init?(_ target: Target, expecting expectations: [String] = [], throughProxy: Bool = false) {
        switch target.scheme {
        case .http, .https: self = .http(HTTPQuestion(expecting: expectations))
        case .tls: self = .tls
        case .tcp where throughProxy: self = .connection
        case .dns where !throughProxy:
            guard let query = try? DNSQuery(path: target.path, expected: expectations) else { return nil }
            self = .dns(query)
        case .icmp, .tcp, .dns, .udp, .stamp, .ike, .bfd: return nil
        }
    }
}
