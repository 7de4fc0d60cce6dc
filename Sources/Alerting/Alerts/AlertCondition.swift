public import Model

/// What an alert tells people (contract §7).
public struct AlertAnnotations: Hashable, Sendable {
    /// One line: what is wrong with which object.
    public var summary: String
    /// What, since when, and the evidence.
    public var description: String
    /// The layer that failed, in the words of contract §1.3; nil where none can be named.
    public var layer: String?
    public var owner: Owner?
    /// The links affected.
    public var links: [String]

    public init(
        summary: String,
        description: String,
        layer: String? = nil,
        owner: Owner? = nil,
        links: [String] = []
    ) {
        self.summary = summary
        self.description = description
        self.layer = layer
        self.owner = owner
        self.links = links
    }
}

/// What the rules say of one possible alert now. A condition that does not hold is not listed.
public struct AlertCondition: Hashable, Sendable {
    public enum Verdict: Hashable, Sendable {
        case active
        /// Nothing proves it and nothing disproves it: an open alert stays open, none is opened.
        case unknown
    }

    public var identity: AlertIdentity
    public var verdict: Verdict
    public var severity: AlertSeverity
    /// How long it must be active before the alert fires.
    public var holdFor: Duration
    /// How long it must be gone before the alert resolves (`wait_to_restore`).
    public var clearFor: Duration
    /// For conditions that are events: another number is another event, which fires anew.
    public var episode: Int64?
    /// Labels beside those of the object: the ticket of a maintenance window, the link's own.
    public var extraLabels: [String: String]
    public var annotations: AlertAnnotations
    /// The paths whose fault it is, of an alert about something else; empty where that is not known of all of it.
    public var blamed: Set<PathID>
    /// Whose fault it is cannot be judged now: an open alert keeps the layer and the owner that it has.
    public var isBlameOpen = false
    /// What a later run must know to find it again, such as the size that packets had before.
    public var memory: [String] = []

    public init(
        _ identity: AlertIdentity,
        verdict: Verdict = .active,
        severity: AlertSeverity,
        holdFor: Duration = .zero,
        clearFor: Duration = .zero,
        episode: Int64? = nil,
        extraLabels: [String: String] = [:],
        annotations: AlertAnnotations,
        blamed: Set<PathID> = []
    ) {
        self.identity = identity
        self.verdict = verdict
        self.severity = severity
        self.holdFor = holdFor
        self.clearFor = clearFor
        self.episode = episode
        self.extraLabels = extraLabels
        self.annotations = annotations
        self.blamed = blamed
    }

    /// The condition cannot be judged now.
    public static func unknown(_ identity: AlertIdentity) -> Self {
        Self(
            identity,
            verdict: .unknown,
            severity: identity.name.defaultRule.severity,
            annotations: AlertAnnotations(summary: "", description: "")
        )
    }
}

/// The rules' whole answer for one moment.
public struct AlertJudgement: Sendable {
    public var conditions: [AlertCondition]
    /// The vantage is cut off: of all that is outside nothing can be said.
    public var isIsolated: Bool
    /// What exists: an alert about anything else resolves at once.
    public var scope: AlertScope

    public init(conditions: [AlertCondition], isIsolated: Bool = false, scope: AlertScope) {
        self.conditions = conditions
        self.isIsolated = isIsolated
        self.scope = scope
    }
}
