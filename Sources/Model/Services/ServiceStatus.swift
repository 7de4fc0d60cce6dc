public import Wire

/// Proxies, storage accounts, endpoints and certificates at one moment.
public struct ServiceStatus: Hashable, Sendable {
    public var proxies: [ProxyStatus]
    public var storage: [StorageStatus]
    public var endpoints: [EndpointStatus] = []
    public var egress: [EgressStatus] = []
    public var allowLists: [AllowListStatus] = []
    public var uncovered: [UncoveredEndpoint] = []
    public var certificates: [CertificateStatus] = []

    public init(proxies: [ProxyStatus] = [], storage: [StorageStatus] = []) {
        self.proxies = proxies
        self.storage = storage
    }
}

/// By which addresses a proxy's requests leave.
public struct EgressStatus: Hashable, Sendable {
    public var proxy: String
    /// Those of the last cycle that is complete, each once, in the order in which they were seen; empty before.
    public var addresses: [IPAddress] = []
    /// Cycles in a row with more than one.
    public var unexpected = 0
    /// When the first of them was complete.
    public var since: MonotonicTime

    public init(proxy: String, since: MonotonicTime) {
        self.proxy = proxy
        self.since = since
    }
}

/// What a list of address ranges says of the addresses of a storage service.
public struct AllowListStatus: Hashable, Sendable {
    /// The direct way to the service.
    public var way: StorageWay
    public var target: String
    public var link: String?
    /// Addresses that the list does not hold.
    public var outside: [IPAddress] = []
    /// Answers in a row with such addresses.
    public var unexpected = 0
    /// Nil where the file does not say from which day it is.
    public var age: Duration?
    /// The file is of a kind that is published no more.
    public var isWithdrawn: Bool
    /// Of the first answer with such an address.
    public var since: MonotonicTime

    public init(way: StorageWay, target: String, link: String?, isWithdrawn: Bool, since: MonotonicTime) {
        self.way = way
        self.target = target
        self.link = link
        self.isWithdrawn = isWithdrawn
        self.since = since
    }

    /// A new file is published each week, and its ranges are in use a week later.
    public static let freshness: Duration = .seconds(8 * 86_400)

    public var isStale: Bool { isWithdrawn || age.map { $0 > Self.freshness } ?? false }
}

/// An endpoint that an Azure service needs and no pattern of a proxy's allow-list lets through.
public struct UncoveredEndpoint: Hashable, Sendable {
    public var use: EndpointUse
    /// A name, or `*.` and a domain.
    public var name: String
    public var purpose: String
    public var proxy: String

    public init(use: EndpointUse, name: String, purpose: String, proxy: String) {
        self.use = use
        self.name = name
        self.purpose = purpose
        self.proxy = proxy
    }
}

/// The certificate of a target that ends first of those it showed.
public struct CertificateStatus: Hashable, Sendable {
    public var link: String?
    public var target: String
    /// Name of the proxy on the way; nil for none.
    public var via: String?
    public var subject: String
    public var notBefore: WallTime
    public var notAfter: WallTime

    public init(
        link: String?,
        target: String,
        via: String?,
        subject: String,
        notBefore: WallTime,
        notAfter: WallTime
    ) {
        self.link = link
        self.target = target
        self.via = via
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Two weeks before its end, of short-lived ones in the last quarter of their time.
    public func isExpiring(at now: WallTime) -> Bool {
        notAfter - now < min(.seconds(14 * 86_400), (notAfter - notBefore) / 4)
    }
}
