import Alerting
import Model
import Settings

/// What the running program is made of: from a configuration file, or from the demo.
struct RunSettings: Sendable {
    var topology: Topology
    /// Targets outside any link.
    var targets: [ProbeSpec]
    var alerts: AlertSettings
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
        // A probe through a proxy is not sent directly instead: that would be another question.
        targets = configuration.probes.filter { $0.via == nil }.map(\.spec)
        alerts = AlertSettings(configuration)
        text = configuration.redactedText
        unbuiltSections = configuration.unbuiltSections(built: Self.built)
    }

    /// The sections of the configuration that the program acts on.
    private static let built: Set<String> = [
        "schema", "site", "server", "server.listen", "state_directory", "defaults", "circuits", "vpns", "links", "templates",
        "links_from", "include", "maintenance", "probes", "alerting", "alerting.alertmanagers", "alerting.webhooks",
        "alerting.ends_after", "alerting.rules", "alerting.dry_run",
    ]
}

extension AlertSettings {
    init(_ configuration: Configuration) {
        let alerting = configuration.alerting
        var rules: [AlertName: AlertRuleOverride] = [:]
        for (name, rule) in alerting.rules {
            guard let name = AlertName(rawValue: name) else { continue }
            let severity = rule.severity.flatMap { Alerting.AlertSeverity(rawValue: $0.rawValue) }
            rules[name] = rule.isOff ? .off : AlertRuleOverride(duration: rule.holdFor, severity: severity)
        }
        self.init(
            topology: configuration.topology,
            maintenance: configuration.maintenance,
            rules: rules,
            timing: AlertTiming(endsAfter: alerting.endsAfter),
            receivers: alerting.alertmanagers.map(ReceiverSettings.init) + alerting.webhooks.compactMap(ReceiverSettings.init),
            isDryRun: alerting.dryRun,
            stateDirectory: configuration.stateDirectory
        )
    }
}

extension ReceiverSettings {
    init(_ alertmanager: AlertmanagerSettings) {
        let authorization: Authorization =
            switch alertmanager.credentials {
            case nil: .none
            case .basic(let username, let password): .basic(user: username, password: Alerting.Secret(password))
            case .bearer(let token): .bearer(Alerting.Secret(token))
            }
        self.init(
            url: alertmanager.url.reveal(),
            format: .alertmanagerAPI,
            authorization: authorization,
            caFile: alertmanager.caFile
        )
    }

    /// Nil for a webhook whose URL stands in a file that cannot be read now; `check` warns of it.
    init?(_ webhook: Webhook) {
        let url: String
        switch webhook.address {
        case .url(let text): url = text.reveal()
        case .file(let path):
            let text = ProcFile.text(path).prefix { !$0.isNewline }
            guard !text.isEmpty else { return nil }
            url = String(text)
        }
        guard let format = Format(rawValue: webhook.format.rawValue) else { return nil }
        self.init(url: url, format: format, routingKey: webhook.routingKey.map(Alerting.Secret.init))
    }
}

extension Alerting.Secret {
    init(_ source: SecretSource) {
        switch source {
        case .value(let secret): self = .value(secret.reveal())
        case .file(let path): self = .file(path)
        }
    }
}
