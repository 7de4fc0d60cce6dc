public import Model

/// `alerting`: to whom alerts go, and how the rules differ from contract §7.
public struct AlertingSettings: Sendable, Equatable {
    public var alertmanagers: [AlertmanagerSettings] = []
    public var webhooks: [Webhook] = []
    /// How far ahead `endsAt` lies.
    public var endsAfter: Duration = .seconds(900)
    /// Where the page with the runbooks is published; nil: its place in this project.
    public var runbooks: SecretURL?
    /// Overrides by alert name.
    public var rules: [String: AlertRuleOverride] = [:]
    /// Log and count, send nothing.
    public var dryRun = false

    public init() {}
}

/// One Alertmanager (v2 API).
public struct AlertmanagerSettings: Sendable, Equatable {
    public enum Credentials: Sendable, Equatable {
        case basic(username: String, password: SecretSource)
        case bearer(SecretSource)
    }

    /// Without `/api/v2/alerts`, without a slash at the end.
    public var url: SecretURL
    public var credentials: Credentials?
    /// PEM file of the authorities that sign its certificate; nil: the system's.
    public var caFile: String?

    public init(url: SecretURL, credentials: Credentials? = nil, caFile: String? = nil) {
        self.url = url
        self.credentials = credentials
        self.caFile = caFile
    }
}

/// A receiver of alerts that is no Alertmanager.
public struct Webhook: Sendable, Equatable {
    public enum Format: String, CaseIterable, Sendable { case alertmanager, slack, teams, pagerduty }

    public enum Address: Sendable, Equatable {
        case url(SecretURL)
        /// Path of a file that holds the URL.
        case file(String)
    }

    public var address: Address
    public var format: Format
    /// PagerDuty only.
    public var routingKey: SecretSource?

    public init(address: Address, format: Format = .alertmanager, routingKey: SecretSource? = nil) {
        self.address = address
        self.format = format
        self.routingKey = routingKey
    }
}
