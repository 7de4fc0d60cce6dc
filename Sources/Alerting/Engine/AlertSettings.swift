public import Model

/// Everything that the configuration says about alerts (contract §5 `alerting`, `maintenance`, `state_directory`).
public struct AlertSettings: Sendable {
    public var topology: Topology
    public var maintenance: [MaintenanceWindow]
    public var rules: [AlertName: AlertRuleOverride]
    public var timing: AlertTiming
    public var receivers: [ReceiverSettings]
    /// Put before `#alertname` to make `runbook_url`.
    public var runbookBase: String
    /// The page of this vantage (`generatorURL`); empty for none.
    public var generatorURL: String
    /// Log and count, send nothing.
    public var isDryRun: Bool
    /// nil: nothing is kept over a restart, by choice.
    public var stateDirectory: String?
    /// Names of the proxies that are watched.
    public var proxies: Set<String> = []
    /// What alerts about services name as their target: URLs, and patterns of hosts.
    public var serviceTargets: Set<String> = []

    /// The page in this project's own folder; a site that publishes it names its address instead.
    public static let defaultRunbookBase = "docs/alerts.md"

    public init(
        topology: Topology,
        maintenance: [MaintenanceWindow] = [],
        rules: [AlertName: AlertRuleOverride] = [:],
        timing: AlertTiming = AlertTiming(),
        receivers: [ReceiverSettings] = [],
        runbookBase: String = AlertSettings.defaultRunbookBase,
        generatorURL: String = "",
        isDryRun: Bool = false,
        stateDirectory: String? = nil
    ) {
        self.topology = topology
        self.maintenance = maintenance
        self.rules = rules
        self.timing = timing
        self.receivers = receivers
        self.runbookBase = runbookBase
        self.generatorURL = generatorURL
        self.isDryRun = isDryRun
        self.stateDirectory = stateDirectory
    }
}
