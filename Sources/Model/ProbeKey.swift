/// What a probe is for (contract §2). `reference` stands on this side, `target` outside any link.
public enum ProbeRole: String, CaseIterable, Sendable {
    case edge, through, workload, reference, target
}

/// The identity of a probe stream: its metric labels and its flow. Equal keys keep counters over a reload.
public struct ProbeKey: Hashable, Sendable {
    /// Empty for edges, references and free targets.
    public var link: String
    /// Empty for workloads, references and free targets; of a free target that is reached through a proxy the proxy's name.
    public var path: String
    public var role: ProbeRole
    public var target: Target
    /// From 0; always 0 where the probe has one flow.
    public var flow: Int

    public init(link: String = "", path: String = "", role: ProbeRole, target: Target, flow: Int = 0) {
        self.link = link
        self.path = path
        self.role = role
        self.target = target
        self.flow = flow
    }
}
