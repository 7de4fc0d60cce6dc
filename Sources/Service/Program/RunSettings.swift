import Alerting
import Blackbox
import Model
import Settings

/// What the running program is made of: from a configuration file, or from the demo.
struct RunSettings: Sendable {
    var topology: Topology
    /// Targets outside any link.
    var targets: [ProbeSpec]
    /// Proxies and storage accounts.
    var services = ServiceSettings()
    /// Interfaces whose packets are followed.
    var capture = CaptureSettings()
    var alerts: AlertSettings
    /// The name server that is asked in place of the system's resolver; nil: that.
    var resolver: HostPort?
    /// What may be traced and probed over HTTP.
    var targetLimits = TargetLimits()
    /// Those of `/probe`, by name.
    var modules: [String: ProbeModule] = [:]
    /// What `/config` shows.
    var text: String
    /// Sections that the files write and nothing acts on.
    var unbuiltSections: [String]

    init(topology: Topology, targets: [ProbeSpec] = [], alerts: AlertSettings, text: String) {
        self.topology = topology
        self.targets = targets
        self.alerts = alerts
        self.text = text
        unbuiltSections = []
    }

    init(_ configuration: Configuration) {
        topology = configuration.topology
        targets = configuration.probes.map { probe in
            var spec = probe.spec
            spec.via = probe.via
            return spec
        }
        services = ServiceSettings(configuration)
        capture = configuration.capture
        resolver = configuration.defaults.resolver
        alerts = AlertSettings(configuration, services)
        targetLimits = TargetLimits(allow: configuration.server.probeAllow, deny: configuration.server.probeDeny)
        text = configuration.redactedText
        unbuiltSections = configuration.unbuiltSections(built: Self.built) + Self.unbuiltParts(of: configuration)
    }

    /// What stands in sections that are acted on, and is not acted on itself.
    private static func unbuiltParts(of configuration: Configuration) -> [String] {
        let rules = configuration.alerting.rules.keys.sorted().filter { AlertName(rawValue: $0) == nil }
        return rules.map { "alerting.rules.\($0)" }
    }

    /// The sections of the configuration that the program acts on.
    private static let built: Set<String> = [
        "schema", "site", "server", "server.listen", "server.modules", "server.probe_targets", "state_directory",
        "defaults", "circuits",
        "vpns", "internet", "links",
        "templates",
        "links_from", "include", "maintenance", "probes", "proxies", "storage", "profiles", "capture", "alerting",
        "alerting.alertmanagers",
        "alerting.webhooks", "alerting.ends_after", "alerting.runbooks", "alerting.rules", "alerting.dry_run",
    ]
}

extension AlertSettings {
    init(_ configuration: Configuration, _ services: ServiceSettings) {
        let alerting = configuration.alerting
        var rules: [AlertName: AlertRuleOverride] = [:]
        for (name, rule) in alerting.rules {
            if let name = AlertName(rawValue: name) { rules[name] = rule }
        }
        self.init(
            topology: configuration.topology,
            maintenance: configuration.maintenance,
            rules: rules,
            timing: AlertTiming(endsAfter: alerting.endsAfter),
            receivers: alerting.alertmanagers.map(ReceiverSettings.init)
                + alerting.webhooks.compactMap(ReceiverSettings.init),
            runbookBase: alerting.runbooks?.reveal() ?? AlertSettings.defaultRunbookBase,
            isDryRun: alerting.dryRun,
            stateDirectory: configuration.stateDirectory
        )
        proxies = Set(services.proxyNames)
        serviceTargets = Set(services.storage.map(\.target.description) + services.endpoints.map(\.target))
            .union(services.coverage.map(\.endpoint.name))
            .union(configuration.probes.map(\.spec.target.description))
            .union(configuration.links.flatMap(\.through).map(\.target.description))
    }
}

extension ReceiverSettings {
    init(_ alertmanager: AlertmanagerSettings) {
        let authorization: Authorization =
            switch alertmanager.credentials {
            case nil: .none
            case .basic(let username, let password): .basic(user: username, password: password)
            case .bearer(let token): .bearer(token)
            }
        self.init(
            url: alertmanager.url.reveal(),
            format: .alertmanagerAPI,
            authorization: authorization,
            caFile: alertmanager.caFile
        )
    }

    init?(_ webhook: Webhook) {
        guard let format = Format(rawValue: webhook.format.rawValue) else { return nil }
        switch webhook.address {
        case .url(let url): self.init(url: url.reveal(), format: format, routingKey: webhook.routingKey)
        case .file(let path): self.init(urlFile: path, format: format, routingKey: webhook.routingKey)
        }
    }
}
