/// The proxy as logins, the VM agent and its extensions see it (BKP-13, BKP-19 to BKP-22, BKP-24).
struct ProxyChecks {
    let settings: ProxySettings

    /// Addresses that must never be asked through a proxy: wireserver, instance metadata.
    private static let platform = ["168.63.129.16", "169.254.169.254"]

    var findings: [Finding] {
        guard settings.namesProxy else {
            return ["BKP-13", "BKP-19", "BKP-20", "BKP-21", "BKP-22"].map {
                Finding($0, .unknown, "no place of this host names a proxy")
            } + oddities
        }
        return oddities + environment + secure + agent + agreement + reach + authentication
    }

    private var oddities: [Finding] {
        settings.environmentOddities.map { Finding("BKP-19", .warn, $0.message, at: $0.place) }
    }

    /// BKP-19: `http_proxy` in `/etc/environment`.
    private var environment: [Finding] {
        guard let setting = settings.environment.http else {
            return [
                Finding(
                    "BKP-19",
                    .warn,
                    "http_proxy is not set, though a proxy is named elsewhere",
                    at: HostFiles.environment,
                    advice: "add http_proxy=http://HOST:PORT"
                )
            ]
        }
        return [judge(setting, "BKP-19")]
    }

    private func judge(_ setting: Setting, _ id: String) -> Finding {
        do throws(NamedProxy.Refusal) {
            let proxy = try NamedProxy(url: setting)
            return Finding(id, .pass, "\(setting.name) is \(proxy.address)", at: setting.place)
        } catch {
            return Finding(
                id,
                .fail,
                error.message,
                at: setting.place,
                advice: "write \(setting.name)=http://HOST:PORT"
            )
        }
    }

    /// BKP-20: backup speaks HTTPS, so `http_proxy` alone proxies none of it; the platform's own addresses go directly.
    private var secure: [Finding] {
        var found: [Finding] = []
        for source in [settings.environment, settings.service] where source.namesProxy {
            if let setting = source.https {
                found.append(judge(setting, "BKP-20"))
            } else {
                found.append(
                    Finding(
                        "BKP-20",
                        .fail,
                        "only http_proxy is set, and backup speaks HTTPS: it goes directly",
                        at: source.http?.place,
                        advice: "set https_proxy to the same proxy"
                    )
                )
            }
            found += exclusions(source)
        }
        return found
    }

    private func exclusions(_ source: ProxySettings.Source) -> [Finding] {
        let list = ExclusionList(source.exclusions?.value ?? "")
        let missing = Self.platform.filter { !list.excludes($0) }
        let place = source.exclusions?.place ?? source.http?.place ?? source.https?.place
        var found = list.misleading.map { Finding("BKP-20", .warn, "no_proxy: \($0)", at: place) }
        if !missing.isEmpty {
            let message =
                "no_proxy lacks \(missing.joined(separator: " and ")): the platform would be asked through the proxy"
            found.append(Finding("BKP-20", .warn, message, at: place, advice: "add them to no_proxy"))
        }
        return found
    }

    /// BKP-21: host and port in `/etc/waagent.conf`.
    private var agent: [Finding] {
        guard settings.agent != nil else {
            return [Finding("BKP-21", .unknown, "there is no agent configuration", at: HostFiles.agent)]
        }
        switch (settings.agentHost, settings.agentPort) {
        case (let host?, let port?):
            guard let number = UInt16(port.value), number > 0 else {
                return [
                    Finding("BKP-21", .fail, "HttpProxy.Port is no port", at: port.place, advice: "allowed: 1 to 65535")
                ]
            }
            if host.value.contains("/") || host.value.contains(":") || host.value.contains("@") {
                let message = "HttpProxy.Host is a name or an IPv4 address, without scheme, user and port"
                return [Finding("BKP-21", .fail, message, at: host.place)]
            }
            return [Finding("BKP-21", .pass, "HttpProxy is \(host.value.lowercased()):\(number)", at: host.place)]
        case (let host?, nil):
            let message = "HttpProxy.Host without HttpProxy.Port: the agent goes directly"
            return [Finding("BKP-21", .fail, message, at: host.place, advice: "set HttpProxy.Port")]
        case (nil, let port?):
            let message = "HttpProxy.Port without HttpProxy.Host: it is not used"
            return [Finding("BKP-21", .fail, message, at: port.place, advice: "set HttpProxy.Host")]
        case (nil, nil):
            guard settings.service.https == nil else {
                let message = "HttpProxy is not set; the agent takes https_proxy of its unit"
                return [Finding("BKP-21", .pass, message, at: HostFiles.agent)]
            }
            return [
                Finding(
                    "BKP-21",
                    .fail,
                    "HttpProxy.Host and HttpProxy.Port are not set: the agent goes directly",
                    at: HostFiles.agent,
                    advice: "set both; services do not read \(HostFiles.environment)"
                )
            ]
        }
    }

    /// BKP-22: every place names the same proxy.
    private var agreement: [Finding] {
        let proxies = settings.proxies
        guard let first = proxies.first, proxies.count > 1 else {
            return [Finding("BKP-22", .unknown, "fewer than two places name a proxy that can be compared")]
        }
        let others = proxies.filter { $0.proxy.address != first.proxy.address }
        guard !others.isEmpty else {
            return [Finding("BKP-22", .pass, "all \(proxies.count) settings name \(first.proxy.address)")]
        }
        return others.map { other in
            Finding(
                "BKP-22",
                .fail,
                "\(other.name) is \(other.proxy.address), but \(first.name) at \(first.proxy.place) is \(first.proxy.address)",
                at: other.proxy.place
            )
        }
    }

    /// BKP-13: all that talks to storage must see the proxy. Extensions get the environment of the unit, and nothing of the
    /// agent's own file.
    private var reach: [Finding] {
        let dropIn = "/etc/systemd/system/walinuxagent.service.d/http-proxy.conf"
        guard settings.service.https == nil else {
            return [
                Finding(
                    "BKP-13",
                    .pass,
                    "the agent's unit hands https_proxy to the extensions",
                    at: settings.service.https?.place
                )
            ]
        }
        return [
            Finding(
                "BKP-13",
                .warn,
                "the environment of the agent's unit has no https_proxy: its extensions, backup among them, go directly",
                at: settings.service.http?.place,
                advice:
                    "set it in \(dropIn); \(HostFiles.environment) is read by logins alone, HttpProxy.* by the agent alone"
            )
        ]
    }

    /// BKP-24: the agent shows no credentials, so a proxy that wants some refuses it for ever.
    private var authentication: [Finding] {
        settings.proxies.filter(\.proxy.hasCredentials).map { name, proxy in
            Finding(
                "BKP-24",
                .warn,
                "\(name) holds a user: the agent drops it, and a proxy that answers 407 never lets it pass",
                at: proxy.place,
                advice: "let the proxy pass this host without authentication"
            )
        }
    }
}
