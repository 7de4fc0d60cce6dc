/// What the places of a host say about the proxy, read once for all checks.
struct ProxySettings: Sendable {
    /// One place that can name a proxy.
    struct Source: Sendable {
        /// For people.
        var name: String
        var http: Setting?
        var https: Setting?
        var exclusions: Setting?

        init(_ name: String, _ settings: [Setting]) {
            self.name = name
            // Lower case first, as the agent does.
            func find(_ key: String) -> Setting? {
                [key, key.uppercased()].lazy.compactMap { settings.last(named: $0) }.first { !$0.value.isEmpty }
            }
            http = find("http_proxy")
            https = find("https_proxy")
            exclusions = find("no_proxy")
        }

        var namesProxy: Bool { http != nil || https != nil }
    }

    /// Read by logins (PAM), by no service.
    let environment: Source
    /// What the agent and its extensions really get.
    let service: Source
    let environmentOddities: [Oddity]
    let agent: AgentSettings?
    let agentHost: Setting?
    let agentPort: Setting?

    init(_ host: HostFiles) {
        let file = host.text(HostFiles.environment).map { EnvironmentFile($0, file: HostFiles.environment) }
        environment = Source(HostFiles.environment, file?.settings ?? [])
        environmentOddities = file?.oddities ?? []
        service = Source("the agent's unit", ServiceEnvironment(host).settings)
        agent = host.text(HostFiles.agent).map { AgentSettings($0, file: HostFiles.agent) }
        agentHost = agent?.value("HttpProxy.Host")
        agentPort = agent?.value("HttpProxy.Port")
    }

    var namesProxy: Bool { environment.namesProxy || service.namesProxy || agentHost != nil || agentPort != nil }

    /// Every proxy that is well written, with the name of its setting.
    var proxies: [(name: String, proxy: NamedProxy)] {
        var found: [(String, NamedProxy)] = []
        for setting in [environment.http, environment.https, service.http, service.https].compactMap({ $0 }) {
            do throws(NamedProxy.Refusal) {
                found.append((setting.name, try NamedProxy(url: setting)))
            } catch {
                continue
            }
        }
        if let host = agentHost, let port = agentPort.flatMap({ UInt16($0.value) }), port > 0 {
            found.append(("HttpProxy.Host", NamedProxy(host: host.value, port: port, place: host.place)))
        }
        return found
    }
}
