public import Model

extension Target {
    /// The reasons for which a probe of this target can fail, in the order of contract §8: their counters exist from the
    /// start with 0. `overload` and `cancelled` are none: such a probe is invalid, not failed.
    public var possibleReasons: [Reason] {
        var reasons = Reason.network
        if address == nil { reasons.formUnion(Reason.resolution) }
        switch scheme {
        case .icmp, .stamp, .bfd: break
        case .ike: reasons.insert(.rateLimited)
        case .udp: reasons.insert(.expectMismatch)
        case .tcp: reasons.formUnion(Reason.stream)
        case .tls: reasons.formUnion(Reason.stream.union(Reason.certificate))
        case .http: reasons.formUnion(Reason.stream.union(Reason.request))
        case .https: reasons.formUnion(Reason.stream.union(Reason.request).union(Reason.certificate))
        case .dns: reasons.formUnion(Reason.stream.union(Reason.resolution).union([.expectMismatch]))
        }
        return Reason.allCases.filter(reasons.contains)
    }
}

extension Reason {
    /// Of every packet that leaves this host.
    fileprivate static let network: Set<Reason> = [
        .timeout, .unreachableNet, .unreachableHost, .unreachablePort, .adminProhibited, .ttlExceeded,
        .fragmentationNeeded, .noRoute, .permission, .interfaceDown, .internal,
    ]
    fileprivate static let resolution: Set<Reason> = [.dnsNXDomain, .dnsTimeout, .dnsServFail, .dnsError]
    fileprivate static let stream: Set<Reason> = [.refused, .reset]
    fileprivate static let certificate: Set<Reason> = [.tlsHandshake, .tlsUntrusted, .tlsExpired, .tlsName]
    fileprivate static let request: Set<Reason> = [
        .proxyRefused, .proxyAuthRequired, .proxyAuthRejected, .proxyDenied, .proxyProtocol, .httpStatus, .httpBody,
        .expectMismatch, .intercepted,
    ]
}
