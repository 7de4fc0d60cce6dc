public import Model

/// Which configured path a trace took, and what proves it.
public struct PathIdentity: Hashable, Sendable {
    /// A link that the target belongs to.
    public struct LinkMatch: Hashable, Sendable {
        public var link: String
        public var role: ProbeRole
        /// Tier of the named path in the link; nil when the path is unknown or not the link's.
        public var tier: Int?

        public init(link: String, role: ProbeRole, tier: Int? = nil) {
            self.link = link
            self.role = role
            self.tier = tier
        }
    }

    /// Nil: unknown.
    public var path: PathID?
    public var kind: PathKind?
    /// Paths that the evidence allows, where it does not name one; empty where it contradicts itself or is none.
    public var candidates: [PathID]
    /// The flows take all the candidates at once.
    public var isSpread = false
    /// Two observations name different paths.
    public var isContradictory: Bool
    /// Sentences, strongest first.
    public var evidence: [String]
    public var links: [LinkMatch]

    public init(
        path: PathID? = nil,
        kind: PathKind? = nil,
        candidates: [PathID] = [],
        isContradictory: Bool = false,
        evidence: [String] = [],
        links: [LinkMatch] = []
    ) {
        self.path = path
        self.kind = kind
        self.candidates = candidates
        self.isContradictory = isContradictory
        self.evidence = evidence
        self.links = links
    }

    /// Whether the packets may have gone where a link prefers, as far as the evidence goes.
    /// - Parameter isPinned: they were sent another way than the host's own route.
    func allows(_ link: LinkSpec?, isPinned: Bool) -> Bool {
        guard let link, path == nil else { return true }
        let preferred = link.tiers.first ?? []
        return !isContradictory && !isPinned && (candidates.isEmpty || candidates.contains(where: preferred.contains))
    }
}
