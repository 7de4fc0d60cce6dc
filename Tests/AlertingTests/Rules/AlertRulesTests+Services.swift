import Model
import Testing

@testable import Alerting

/// Rows about storage, proxies and endpoints.
extension AlertRulesTests {
    private static func proxy(_ change: (inout ProxyStatus) -> Void) -> ServiceStatus {
        var status = ProxyStatus(name: "corp", since: at(900).monotonic)
        change(&status)
        return ServiceStatus(proxies: [status])
    }

    private static func storage(
        _ verdict: StorageVerdict,
        _ expectation: StorageExpectation = StorageExpectation(),
        cycles: Int = 3
    ) -> ServiceStatus {
        var status = StorageStatus(
            way: StorageWay(account: "backup", service: "blob", via: "direct"),
            target: "https://backup.blob.core.windows.net/?comp=list",
            link: nil,
            expectation: expectation,
            verdict: verdict,
            evidence: "",
            since: at(900).monotonic
        )
        status.unexpected = cycles
        return ServiceStatus(storage: [status])
    }

    private static func endpoint(
        _ use: EndpointUse,
        _ verdict: EndpointVerdict,
        cycles: Int = 3
    ) -> ServiceStatus {
        var status = EndpointStatus(
            way: EndpointWay(use: use, target: "https://a.test/", via: "corp"),
            verdict: verdict,
            evidence: "",
            since: at(900).monotonic
        )
        status.unexpected = cycles
        var services = ServiceStatus()
        services.endpoints = [status]
        return services
    }

    private static func allowList(_ change: (inout AllowListStatus) -> Void) -> ServiceStatus {
        var status = AllowListStatus(
            way: StorageWay(account: "backup", service: "blob", via: "direct"),
            target: "https://backup.blob.core.windows.net/?comp=list",
            link: nil,
            isWithdrawn: false,
            since: at(900).monotonic
        )
        change(&status)
        var services = ServiceStatus()
        services.allowLists = [status]
        return services
    }

    private static func services(_ change: (inout ServiceStatus) -> Void) -> ServiceStatus {
        var services = ServiceStatus()
        change(&services)
        return services
    }

    static let endpoints: [Row] = [
        Row("a proxy lets through what it must refuse", [.proxyBypassPossible]) {
            $0.facts.services = endpoint(.mustDeny, .reached)
        },
        Row("twice are not three times", []) { $0.facts.services = endpoint(.mustDeny, .reached, cycles: 2) },
        Row("Backup does not reach what it needs", [.backupNotReady]) {
            $0.facts.services = endpoint(.azureBackup, .unreachable)
        },
        Row("a proxy asks Backup who it is", [.backupNotReady]) {
            $0.facts.services = endpoint(.azureBackup, .proxyAuthRequired)
        },
        Row("a proxy asks Site Recovery, which cannot say", [.proxyAuthRequired]) {
            $0.facts.services = endpoint(.azureSiteRecovery, .proxyAuthRequired)
        },
        Row("the TLS of an endpoint is opened", [.tlsIntercepted]) {
            $0.facts.services = endpoint(.azureSiteRecovery, .tlsInspected)
        },
        Row("requests leave by two addresses", [.proxyNotSticky]) {
            $0.facts.services = services { services in
                var status = EgressStatus(proxy: "corp", since: at(900).monotonic)
                status.unexpected = 3
                services.egress = [status]
            }
        },
        Row("an address outside the allow-list", [.endpointOutsideAllowList]) {
            $0.facts.services = allowList { $0.unexpected = 3 }
        },
        Row("an old list", [.allowListStale]) { $0.facts.services = allowList { $0.age = .seconds(9 * 86_400) } },
        Row("a list of a week", []) { $0.facts.services = allowList { $0.age = .seconds(7 * 86_400) } },
        Row("a withdrawn list", [.allowListStale]) { $0.facts.services = allowList { $0.isWithdrawn = true } },
        Row("a pattern that a proxy does not have", [.endpointOutsideAllowList]) {
            $0.facts.services = services {
                $0.uncovered = [
                    UncoveredEndpoint(use: .azureBackup, name: "*.a.test", purpose: "data", proxy: "corp")
                ]
            }
        },
        Row("a certificate ends", [.certificateExpiring]) {
            $0.facts.services = services {
                $0.certificates = [
                    CertificateStatus(
                        link: nil,
                        target: "https://a.test/",
                        via: nil,
                        subject: "CN=a.test",
                        notBefore: at(0).wall + .seconds(-300 * 86_400),
                        notAfter: at(0).wall + .seconds(3 * 86_400)
                    )
                ]
            }
        },
    ]

    static let services: [Row] = [
        Row("a proxy is down", [.proxyDown]) { $0.facts.services = proxy { $0.isDown = true } },
        Row("a proxy asks and nothing is there", [.proxyAuthRequired]) {
            $0.facts.services = proxy { $0.authentication = .required }
        },
        Row("a proxy refuses", [.proxyAuthRejected]) { $0.facts.services = proxy { $0.authentication = .rejected } },
        Row("storage cannot be reached", [.storageUnreachable]) { $0.facts.services = storage(.unreachable) },
        Row("two cycles are not three", []) { $0.facts.services = storage(.unreachable, cycles: 2) },
        Row("somebody else answers", [.storageUnreachable]) { $0.facts.services = storage(.intercepted) },
        Row("its firewall refuses", [.storageFirewallDenied]) { $0.facts.services = storage(.firewallDenied) },
        Row("its firewall lets in whom it must refuse", [.storageFirewallDenied]) {
            $0.facts.services = storage(.reachable, StorageExpectation(kind: .firewallDenied))
        },
        Row("its private endpoint is passed by", [.privateEndpointBypassed]) {
            $0.facts.services = storage(.publicResolution, StorageExpectation(kind: .private))
        },
        Row("its name leads to a private address where none is expected", [.privateEndpointBypassed]) {
            $0.facts.services = storage(.reachable)
        },
        Row("its TLS is opened", [.tlsIntercepted]) { $0.facts.services = storage(.tlsInspected) },
        Row("a way that must not exist", [.proxyBypassPossible]) {
            $0.facts.services = storage(.reachable, StorageExpectation(mustReach: false))
        },
    ]
}
