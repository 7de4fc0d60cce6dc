public import Wire

/// What a request to a service brought to light, also when it failed. A class, so that the outcomes of packets, which
/// have none, stay small.
public final class RequestFacts: Sendable {
    /// Status of the last HTTP answer, that of a proxy excepted; nil without one.
    public let status: Int?
    /// `1.0`, `1.1`, `2`.
    public let version: String?
    /// How many redirects were followed.
    public let redirects: Int
    /// Bytes of the last body as they came.
    public let bodyBytes: Int64
    /// Nil where none was used.
    public let proxy: ProxyFacts?
    /// Of the connection of the last request; nil where that had no handshake.
    public let tls: TLSFacts?
    /// Of the last handshake, also where a redirect led from it to plain HTTP: its certificates expire all the same.
    public let handshake: TLSFacts?
    /// The last answer itself, where the task asked to keep it.
    public let response: HTTPResponse?
    /// What a DNS server answered; nil for every other probe.
    public let dns: DNSFacts?

    public init(
        status: Int? = nil,
        version: String? = nil,
        redirects: Int = 0,
        bodyBytes: Int64 = 0,
        proxy: ProxyFacts? = nil,
        tls: TLSFacts? = nil,
        handshake: TLSFacts? = nil,
        response: HTTPResponse? = nil,
        dns: DNSFacts? = nil
    ) {
        self.status = status
        self.version = version
        self.redirects = redirects
        self.bodyBytes = bodyBytes
        self.proxy = proxy
        self.tls = tls
        self.handshake = handshake ?? tls
        self.response = response
        self.dns = dns
    }
}

extension RequestFacts: Equatable {
    public static func == (left: RequestFacts, right: RequestFacts) -> Bool {
        left.status == right.status && left.version == right.version && left.redirects == right.redirects
            && left.bodyBytes == right.bodyBytes && left.proxy == right.proxy && left.tls == right.tls
            && left.handshake == right.handshake && left.response == right.response && left.dns == right.dns
    }
}

/// What a proxy said on the way.
public struct ProxyFacts: Sendable, Equatable {
    /// As the configuration or the command line names it.
    public var name: String
    /// Its last answer: to CONNECT, or to the request itself where it refused that; nil without one.
    public var status: Int?
    /// Of HTTP in its last answer of its own: `1.1`.
    public var version: String?
    /// Every status it answered with, in their order: the 407s of a handshake are among them.
    public var statuses: [Int]
    /// Those of its first 407.
    public var challenges: [AuthenticationChallenge]
    /// The scheme with which credentials were sent, in lower case; nil when none were.
    public var scheme: String?
    /// Credentials are there and were not sent, because they were refused before.
    public var isSuspended: Bool
    /// The proxy took the connection.
    public var isConnected: Bool

    public init(
        name: String,
        status: Int? = nil,
        statuses: [Int] = [],
        challenges: [AuthenticationChallenge] = [],
        scheme: String? = nil,
        isSuspended: Bool = false,
        isConnected: Bool = false
    ) {
        self.name = name
        self.status = status
        self.statuses = statuses
        self.challenges = challenges
        self.scheme = scheme
        self.isSuspended = isSuspended
        self.isConnected = isConnected
    }

    /// Questions and answers between us and the proxy.
    public var rounds: Int { statuses.count }
}

/// The head of an HTTP answer and the beginning of its body.
public struct HTTPResponse: Sendable, Equatable {
    public struct Field: Sendable, Hashable {
        /// As it came.
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var status: Int
    public var fields: [Field]
    public var body: [UInt8]
    /// Fields behind the body (RFC 9110 §6.5).
    public var trailers: [Field]
    /// When the head was complete.
    public var receivedAt: MonotonicTime

    public init(
        status: Int,
        fields: [Field] = [],
        body: [UInt8] = [],
        trailers: [Field] = [],
        receivedAt: MonotonicTime
    ) {
        self.trailers = trailers
        self.status = status
        self.fields = fields
        self.body = body
        self.receivedAt = receivedAt
    }

    /// The first value of a field behind the body, or where there is none of the head, whatever the case of its name.
    public func trailer(_ name: String) -> String? {
        let wanted = name.lowercased()
        return trailers.first { $0.name.lowercased() == wanted }?.value ?? self[name]
    }

    /// The first value of a field, whatever the case of its name.
    public subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }
}
