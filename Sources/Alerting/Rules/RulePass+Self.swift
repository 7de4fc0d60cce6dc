import Model

extension RulePass {
    /// Watchdog, VantageIsolated, StateNotPersisted, CaptureDropping, Overloaded: true whatever the network does.
    mutating func selfRules(_ report: SelfReport) {
        let vantage = settings.topology.site.vantage
        add(
            AlertIdentity(.watchdog),
            AlertAnnotations(
                summary: "netprobe on \(vantage) is alive and can alert",
                description: "Always firing, sent each minute. When it stops coming, netprobe, its host or the way to "
                    + "the receiver is broken.",
                layer: Layer.host.words(),
                owner: .customer
            )
        )
        if case .allFailed(let since) = facts.references { isolated(since: since) }
        if let problem = report.stateNotPersisted {
            add(
                AlertIdentity(.stateNotPersisted),
                AlertAnnotations(
                    summary: "netprobe on \(vantage) cannot write its alert state",
                    description: "Alerts go on from memory; a crash now would forget them: \(problem).",
                    layer: Layer.host.words(),
                    owner: .customer
                )
            )
        }
        if let drops = report.captureDrops {
            add(
                AlertIdentity(.captureDropping),
                AlertAnnotations(
                    summary: "netprobe on \(vantage) is too slow for what it captures",
                    description:
                        "The kernel dropped \(drops). Latencies, retransmissions and losses seen by the capture "
                        + "meanwhile are not reliable; what is missing is not counted as lost.",
                    layer: Layer.host.words(),
                    owner: .customer
                )
            )
        }
        if let overload = report.overload {
            add(
                AlertIdentity(.overloaded),
                AlertAnnotations(
                    summary: "netprobe on \(vantage) is overloaded",
                    description: "Samples are counted as invalid, not as lost: \(overload).",
                    layer: Layer.host.words(),
                    owner: .customer
                )
            )
        }
    }

    private mutating func isolated(since: MonotonicTime) {
        let references = settings.topology.site.references.map(\.target.description).joined(separator: ", ")
        add(
            AlertIdentity(.vantageIsolated),
            AlertAnnotations(
                summary: "\(settings.topology.site.vantage) is cut off from its own site",
                description: "No reference answers \(self.since(since)): \(references). Nothing can be said about any "
                    + "path or link until one does.",
                layer: Layer.lan.words(),
                owner: .customer,
                links: facts.links.map(\.name)
            )
        )
    }
}
