import Model
import Planning
import Probing
import Scheduling
import Settings
import Wire

/// Proxies, storage accounts and endpoints as the monitor runs them.
struct ServiceSettings: Sendable, Equatable {
    var proxies: [String: ProxyServer] = [:]
    /// In the order of the configuration.
    var proxyNames: [String] = []
    var storage: [StorageLedger.Entry] = []
    var plan = ServicePlan()
    var endpoints: [EndpointWay] = []
    /// Answers of a cycle, by proxy.
    var stickiness: [String: Int] = [:]
    /// Ranges that must hold the addresses of storage services.
    var allowLists: [AllowListLedger.Entry] = []
    /// What the proxies' allow-lists say of the endpoints that the profiles need.
    var coverage: [EndpointCoverage] = []
    /// Files that cannot be used, and why.
    var warnings: [String] = []
    /// Paths by proxy.
    var accessLogs: [String: String] = [:]

    /// What Azure's own tests send: what an unauthenticated request is answered depends on it.
    static let serviceVersion = "2021-08-06"

    init() {}

    init(_ configuration: Configuration) {
        for proxy in configuration.proxies {
            // The configuration has checked the URL; what is none all the same is not gone through.
            guard let server = try? ProxyServer(proxy) else { continue }
            proxies[proxy.name] = server
            proxyNames.append(proxy.name)
            accessLogs[proxy.name] = proxy.accessLog
            let check = proxy.check.flatMap { try? Target(parsing: $0.reveal()) }
            plan.addProxy(server, check: check, interval: proxy.interval)
            for url in proxy.mustDeny {
                let shown = (try? Target(parsing: url.redacted))?.description ?? url.redacted
                addEndpoint(EndpointWay(use: .mustDeny, target: shown, via: proxy.name), url.reveal(), proxy.interval)
            }
            if let sticky = proxy.sticky, let echo = try? Target(parsing: sticky.echo.reveal()) {
                stickiness[proxy.name] = sticky.requests
                let pause = max(.milliseconds(100), proxy.interval / sticky.requests)
                plan.addEgress(proxy.name, echo: echo, interval: pause)
            }
        }
        for account in configuration.storage { add(account, configuration.defaults.resolver) }
        for profile in configuration.profiles { add(profile, configuration.proxies) }
    }

    mutating func addEndpoint(_ way: EndpointWay, _ url: String, _ interval: Duration) {
        guard !endpoints.contains(way), let target = try? Target(parsing: url) else { return }
        endpoints.append(way)
        plan.addEndpoint(way, target: target, interval: interval)
    }

    private mutating func add(_ account: StorageAccount, _ resolver: HostPort?) {
        for service in account.services {
            let host = "\(account.account).\(service.rawValue).\(account.suffix)"
            let endpoint = account.endpoint?.reveal() ?? "https://\(host)"
            guard let base = try? Target(parsing: endpoint) else { continue }
            var target = base
            target.path = Self.list(base.path)
            for via in account.via {
                let way = StorageWay(account: account.account, service: service.rawValue, via: via.name)
                storage.append(
                    StorageLedger.Entry(
                        way: way,
                        target: target,
                        link: account.link,
                        expectation: StorageExpectation(
                            kind: StorageExpectation.Kind(rawValue: account.expect.rawValue) ?? .public,
                            mustReach: via.expected == .allow
                        ),
                        hasOwnAuthorities: account.caFile != nil
                    )
                )
                plan.addStorage(
                    way,
                    target: target,
                    interval: account.interval,
                    caFile: account.caFile,
                    question: Self.question
                )
            }
            guard base.address == nil, let name = DNSName(base.host) else { continue }
            let way = StorageWay(account: account.account, service: service.rawValue, via: StorageWay.direct)
            if let path = account.allowList, let list = addressList(path) {
                allowLists.append(.init(way: way, target: target.description, link: account.link, list: list))
            }
            plan.addName(way, name, resolver: resolver.map { ($0.host, $0.port) }, interval: account.interval)
        }
    }

    /// The list of an account's containers, queues or shares, which always needs authorization.
    private static func list(_ path: String) -> String {
        let folder = path.hasSuffix("/") ? path : path + "/"
        return folder + "?comp=list"
    }

    static let question: HTTPQuestion = {
        var question = HTTPQuestion(
            fields: [.init("x-ms-version", serviceVersion)],
            followsRedirects: false,
            acceptsEveryStatus: true
        )
        question.requestIDField = "x-ms-client-request-id"
        return question
    }()
}
