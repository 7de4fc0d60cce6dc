import Model
import Wire

extension RulePass {
    /// What a profile needs and does not reach, and what a proxy must refuse and does not; each for three cycles.
    mutating func endpointRules(_ services: ServiceStatus) {
        for status in services.endpoints where status.unexpected >= Self.storageCycles {
            let way = status.way
            let route = way.isDirect ? "directly" : "through the proxy \(way.via)"
            let (name, what, layer) = Self.alert(for: status)
            add(
                AlertIdentity(name, AlertObject(target: way.target, proxy: way.isDirect ? nil : way.via)),
                AlertAnnotations(
                    summary: "\(way.target) \(route): \(what)",
                    description: "\(status.verdict.rawValue), \(since(status.since))".with(evidence: status.evidence),
                    layer: layer,
                    owner: .customer
                )
            )
        }
        for status in services.egress where status.unexpected >= Self.storageCycles {
            let addresses = status.addresses.prefix(8).map(\.description).joined(separator: ", ")
            add(
                AlertIdentity(.proxyNotSticky, AlertObject(proxy: status.proxy)),
                AlertAnnotations(
                    summary: "requests through the proxy \(status.proxy) leave by \(status.addresses.count) addresses",
                    description: "One client must leave by one address, \(since(status.since)): \(addresses)",
                    layer: "proxy",
                    owner: .customer
                )
            )
        }
    }

    private static func alert(for status: EndpointStatus) -> (AlertName, what: String, layer: String) {
        let use = status.way.use
        guard use.mustReach else { return (.proxyBypassPossible, "it lets through what it must refuse", "proxy") }
        let service = use == .azureSiteRecovery ? "Site Recovery" : "Backup"
        switch status.verdict {
        case .proxyAuthRequired where !use.knowsAuthentication:
            return (.proxyAuthRequired, "Site Recovery knows no authentication and cannot pass (407)", "proxy")
        case .tlsInspected: return (.tlsIntercepted, "its TLS is opened on the way", "TLS")
        case .proxyAuthRequired, .denied:
            return (.backupNotReady, "the proxy does not let Azure \(service) pass", "proxy")
        case .intercepted: return (.backupNotReady, "somebody else answers in its place", "TLS")
        case .reached, .unreachable:
            return (.backupNotReady, "Azure \(service) needs it and it is not reached", Layer.service.words())
        }
    }

    /// What the lists of a site say: of addresses, and of the hosts that its proxies let through.
    mutating func listRules(_ services: ServiceStatus) {
        for status in services.allowLists {
            let object = AlertObject(link: status.link, target: status.target)
            if status.unexpected >= Self.storageCycles {
                let outside = status.outside.prefix(8).map(\.description).joined(separator: ", ")
                addList(
                    AlertIdentity(.endpointOutsideAllowList, object),
                    "\(status.target): the allow-list does not hold its address",
                    "A firewall that follows the list drops what goes to \(outside), \(since(status.since))"
                )
            }
            guard status.isStale else { continue }
            let days = status.age.map { "\($0.components.seconds / 86_400) days old" } ?? "of unknown age"
            let what = status.isWithdrawn ? "is of a kind that was withdrawn on 2020-06-30" : "is \(days)"
            addList(
                AlertIdentity(.allowListStale, object),
                "\(status.target): its allow-list \(what)",
                "Azure's ranges change each week; take the newest Service Tags file"
            )
        }
        for endpoint in services.uncovered {
            addList(
                AlertIdentity(
                    .endpointOutsideAllowList,
                    AlertObject(target: endpoint.name, proxy: endpoint.proxy)
                ),
                "the allow-list of the proxy \(endpoint.proxy) has no pattern for \(endpoint.name)",
                "\(endpoint.use.rawValue) needs it for: \(endpoint.purpose)"
            )
        }
    }

    private mutating func addList(_ identity: AlertIdentity, _ summary: String, _ description: String) {
        add(
            identity,
            AlertAnnotations(summary: summary, description: description, layer: "proxy", owner: .customer)
        )
    }

    mutating func certificateRules(_ certificates: [CertificateStatus]) {
        for certificate in certificates where certificate.isExpiring(at: clock.wall) {
            let object = AlertObject(link: certificate.link, target: certificate.target, proxy: certificate.via)
            let isOver = certificate.notAfter <= clock.wall
            let days = (certificate.notAfter - clock.wall).components.seconds / 86_400
            add(
                AlertIdentity(.certificateExpiring, object),
                AlertAnnotations(
                    summary: "\(certificate.target): a certificate \(isOver ? "is over" : "ends in \(days) days")",
                    description: "'\(certificate.subject.prefix(128))' ends at \(certificate.notAfter.rfc3339)",
                    layer: "TLS",
                    owner: .customer
                )
            )
        }
    }
}
