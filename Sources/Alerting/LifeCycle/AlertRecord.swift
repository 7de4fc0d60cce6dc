public import Model

/// One alert as it is kept over a restart. Times are wall times, since a monotonic clock starts anew.
public struct AlertRecord: Hashable, Sendable {
    public enum Phase: String, Hashable, Sendable {
        case pending, firing, resolved
    }

    public var phase: Phase
    public var identity: AlertIdentity
    public var severity: AlertSeverity
    public var labels: AlertLabels
    public var annotations: AlertAnnotations
    /// When it fired; of a pending one, since when its condition holds.
    public var startsAt: WallTime
    /// Since when the condition of one that is pending or fires holds; nil in records of older versions.
    public var heldSince: WallTime?
    /// Of a resolved one.
    public var endsAt: WallTime?
    /// Since when the condition of a firing one is gone.
    public var clearSince: WallTime?
    public var clearFor: Duration
    public var episode: Int64?
    /// What a later run must know to find its condition again; empty in records of older versions.
    public var memory: [String]
    /// Its name on disk: unique among the records of one book.
    public var key: String

    init(
        phase: Phase,
        identity: AlertIdentity,
        severity: AlertSeverity,
        labels: AlertLabels,
        annotations: AlertAnnotations,
        startsAt: WallTime,
        heldSince: WallTime? = nil,
        endsAt: WallTime? = nil,
        clearSince: WallTime? = nil,
        clearFor: Duration = .zero,
        episode: Int64? = nil,
        memory: [String] = []
    ) {
        self.phase = phase
        self.identity = identity
        self.severity = severity
        self.labels = labels
        self.annotations = annotations
        self.startsAt = startsAt
        self.heldSince = heldSince
        self.endsAt = endsAt
        self.clearSince = clearSince
        self.clearFor = clearFor
        self.episode = episode
        self.memory = memory
        key = phase == .resolved ? Self.key(resolved: labels) : Self.key(open: identity)
    }

    static func key(open identity: AlertIdentity) -> String {
        JSONValue.object(
            [("alertname", .string(identity.name.rawValue))] + identity.object.labels.map { ($0, .string($1)) }
        ).text()
    }

    static func key(resolved labels: AlertLabels) -> String {
        "resolved " + labels.json.text()
    }
}

/// A change of what must be on disk.
public enum AlertChange: Hashable, Sendable {
    case put(AlertRecord)
    case remove(key: String)

    public var key: String {
        switch self {
        case .put(let record): record.key
        case .remove(let key): key
        }
    }
}
