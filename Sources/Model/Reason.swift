/// Why a probe failed; the closed list of contract §8.
public enum Reason: String, CaseIterable, Sendable, CustomStringConvertible {
    case timeout
    case unreachableNet = "unreachable_net"
    case unreachableHost = "unreachable_host"
    case unreachablePort = "unreachable_port"
    case adminProhibited = "admin_prohibited"
    case ttlExceeded = "ttl_exceeded"
    case fragmentationNeeded = "fragmentation_needed"
    case noRoute = "no_route"
    case permission
    case interfaceDown = "interface_down"
    case refused
    case reset
    case dnsNXDomain = "dns_nxdomain"
    case dnsTimeout = "dns_timeout"
    case dnsServFail = "dns_servfail"
    case dnsError = "dns_error"
    case tlsHandshake = "tls_handshake"
    case tlsUntrusted = "tls_untrusted"
    case tlsExpired = "tls_expired"
    case tlsName = "tls_name"
    case proxyRefused = "proxy_refused"
    case proxyAuthRequired = "proxy_auth_required"
    case proxyAuthRejected = "proxy_auth_rejected"
    case proxyDenied = "proxy_denied"
    case proxyProtocol = "proxy_protocol"
    case httpStatus = "http_status"
    case httpBody = "http_body"
    case expectMismatch = "expect_mismatch"
    case intercepted
    case rateLimited = "rate_limited"
    case overload
    case cancelled
    case `internal`

    public var description: String { rawValue }

    /// The address refuses, or cannot be reached: another one of the name may.
    public var isOfAddress: Bool {
        switch self {
        case .refused, .unreachableNet, .unreachableHost, .unreachablePort, .adminProhibited: true
        default: false
        }
    }

    /// The packet never left this host, so its loss says nothing of what lies beyond.
    public var isOfThisHost: Bool {
        switch self {
        case .noRoute, .permission, .interfaceDown: true
        default: false
        }
    }
}
