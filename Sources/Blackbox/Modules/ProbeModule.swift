public import Model

/// A module of a blackbox_exporter configuration: how something is probed.
public struct ProbeModule: Sendable, Equatable {
    public enum Prober: String, CaseIterable, Sendable { case http, tcp, icmp, dns, grpc }

    /// As written: another word is an error of the request, not of the file.
    public var prober = ""
    /// Nil where there is none.
    public var timeout: Duration?
    public var http = HTTPModule()
    public var tcp = TCPModule()
    public var icmp = ICMPModule()
    public var dns = DNSModule()
    public var grpc = GRPCModule()
    /// Its file as written, without secrets, for `debug=true`.
    public var text = ""

    public init() {}
}

/// Which family is asked first.
public struct FamilyPreference: Sendable, Equatable {
    public var prefersIPv6 = true
    public var fallsBack = true
}

/// How TLS is done, where the module says so.
public struct TLSModule: Sendable, Equatable {
    public var caFile: String?
    public var certificateFile: String?
    public var keyFile: String?
    public var serverName: String?
    public var skipsVerification = false
    public var minimumVersion: String?
    public var maximumVersion: String?
}

public struct ICMPModule: Sendable, Equatable {
    public var addresses = FamilyPreference()
    public var source: String?
    /// Bytes; 0 for the 28 of blackbox_exporter's greeting.
    public var payloadSize = 0
    public var dontFragment = false
    public var ttl: UInt8 = 64
}

public struct TCPModule: Sendable, Equatable {
    public struct Step: Sendable, Equatable {
        public var expect: RegularExpression?
        /// May name groups of `expect`.
        public var send = ""
        public var startsTLS = false
    }

    public var addresses = FamilyPreference()
    public var source: String?
    public var steps: [Step] = []
    public var usesTLS = false
    public var tls = TLSModule()
}

public struct HTTPModule: Sendable, Equatable {
    public struct HeaderRule: Sendable, Equatable {
        public var name: String
        public var expression: RegularExpression
        public var allowsMissing = false
    }

    public enum Authorization: Sendable, Equatable {
        case basic(username: String, password: SecretSource?)
        case credentials(type: String, SecretSource)
        case oauth2(OAuth2Module)
    }

    public var addresses = FamilyPreference()
    public var validStatuses: [Int] = []
    public var validVersions: [String] = []
    public var method = ""
    public var headers: [HTTPResponse.Field] = []
    public var body = ""
    public var bodySizeLimit = 0
    public var compression = ""
    public var followsRedirects = true
    public var allowsHTTP2 = true
    public var failsIfTLS = false
    public var failsIfNotTLS = false
    public var failIfBodyMatches: [RegularExpression] = []
    public var failIfBodyNotMatches: [RegularExpression] = []
    public var failIfHeaderMatches: [HeaderRule] = []
    public var failIfHeaderNotMatches: [HeaderRule] = []
    public var tls = TLSModule()
    public var authorization: Authorization?
    public var proxyURL: Secret?
    public var skipsResolvingWithProxy = false
}

/// How a token is had of an authorization server for the client's own credentials (RFC 6749 §4.4).
public struct OAuth2Module: Sendable, Equatable {
    public var clientID = ""
    public var clientSecret = SecretSource.value(Secret(""))
    public var scopes: [String] = []
    /// A password may stand in it, and a key in its query.
    public var tokenURL = Secret("")
    /// Further ones of the request, by name; an assertion may be among them.
    public var parameters: [String: Secret] = [:]
    public var tls = TLSModule()
    public var proxyURL: Secret?
}

public struct GRPCModule: Sendable, Equatable {
    public var addresses = FamilyPreference()
    /// Empty for the server as a whole.
    public var service = ""
    public var usesTLS = false
    public var tls = TLSModule()
}

public struct DNSModule: Sendable, Equatable {
    public struct RecordRules: Sendable, Equatable {
        public var failIfMatches: [RegularExpression] = []
        public var failIfAllMatch: [RegularExpression] = []
        public var failIfNotMatches: [RegularExpression] = []
        public var failIfNoneMatches: [RegularExpression] = []
    }

    public var addresses = FamilyPreference()
    public var source: String?
    public var transport = "udp"
    public var usesTLS = false
    public var tls = TLSModule()
    public var name = ""
    public var type: UInt16 = 255
    public var typeName = "ANY"
    public var classNumber: UInt16 = 1
    public var wantsRecursion = true
    /// Nil: NOERROR alone.
    public var validCodes: [String]?
    public var answerRules = RecordRules()
    public var authorityRules = RecordRules()
    public var additionalRules = RecordRules()
}
