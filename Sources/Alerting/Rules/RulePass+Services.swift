import Model

extension RulePass {
    /// ProxyDown, ProxyAuthRequired, ProxyAuthRejected.
    mutating func proxyRules(_ proxies: [ProxyStatus]) {
        for proxy in proxies {
            let object = AlertObject(proxy: proxy.name)
            if proxy.isDown {
                add(
                    AlertIdentity(.proxyDown, object),
                    annotations("proxy \(proxy.name) does not answer", "Three attempts in a row failed", proxy)
                )
            }
            switch proxy.authentication {
            case .fine: break
            case .required:
                add(
                    AlertIdentity(.proxyAuthRequired, object),
                    annotations(
                        "proxy \(proxy.name) wants to know who asks (407)",
                        "Nothing that it takes is configured",
                        proxy
                    )
                )
            case .rejected:
                let rest =
                    "The credentials rest for 15 minutes or until their file changes, so that no account is locked"
                add(
                    AlertIdentity(.proxyAuthRejected, object),
                    annotations("proxy \(proxy.name) refuses the credentials (407)", rest, proxy)
                )
            }
        }
    }

    private func annotations(_ summary: String, _ what: String, _ proxy: ProxyStatus) -> AlertAnnotations {
        AlertAnnotations(
            summary: summary,
            description: "\(what), \(since(proxy.since))".with(evidence: proxy.evidence),
            layer: "proxy",
            owner: .customer
        )
    }

    /// What is not as it should be for three cycles: one alert a way.
    mutating func storageRules(_ statuses: [StorageStatus]) {
        for status in statuses where status.unexpected >= Self.storageCycles {
            let (name, what) = Self.alert(for: status)
            let way = status.way
            let object = AlertObject(link: status.link, target: status.target, proxy: way.isDirect ? nil : way.via)
            let route = way.isDirect ? "directly" : "through the proxy \(way.via)"
            add(
                AlertIdentity(name, object),
                AlertAnnotations(
                    summary: "storage \(way.account) (\(way.service)) \(route): \(what)",
                    description: "\(status.target) \(route): \(status.verdict.rawValue), \(since(status.since))"
                        .with(evidence: status.evidence),
                    layer: Self.layer(of: status),
                    owner: .customer
                )
            )
        }
    }

    static let storageCycles = 3

    private static func alert(for status: StorageStatus) -> (AlertName, String) {
        guard status.expectation.mustReach else {
            return (.proxyBypassPossible, "it is reached by a way that must not exist")
        }
        switch status.verdict {
        case .firewallDenied: return (.storageFirewallDenied, "its firewall refuses this site")
        case .reachable where status.expectation.kind == .firewallDenied:
            return (.storageFirewallDenied, "its firewall lets in a site that it must refuse")
        case .reachable where status.expectation.kind == .public:
            return (.privateEndpointBypassed, "its name leads to a private address, and a public one is expected")
        case .publicResolution: return (.privateEndpointBypassed, "its name leads past the private endpoint")
        case .tlsInspected: return (.tlsIntercepted, "its TLS is opened on the way")
        case .intercepted: return (.storageUnreachable, "somebody else answers in its place")
        case .throttled: return (.storageUnreachable, "it answers that it is busy or failing")
        case .proxyAuthRequired: return (.storageUnreachable, "the proxy does not let us through (407)")
        case .reachable, .unreachable: return (.storageUnreachable, "it cannot be reached")
        }
    }

    private static func layer(of status: StorageStatus) -> String {
        switch status.verdict {
        case .reachable where status.expectation.kind == .public && status.expectation.mustReach: "DNS"
        case .publicResolution: "DNS"
        case .tlsInspected, .intercepted: "TLS"
        case .proxyAuthRequired: "proxy"
        case .reachable, .firewallDenied, .throttled, .unreachable: Layer.service.words()
        }
    }
}
