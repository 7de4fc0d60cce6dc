import Model

extension LinksModel {
    /// All references fail: this host is cut off, and no other verdict holds.
    mutating func judgeSite(_ changes: inout [LinksChange]) {
        guard isCutOff != isIsolated else { return judgePending(&changes) }
        isIsolated.toggle()
        if isIsolated {
            isolatedSince = now
            isolationStart = references.compactMap { streams[$0].health.lastAnswered }.max() ?? now
            changes.append(.isolated(at: now))
        } else {
            reconnect(&changes)
        }
        for path in paths.indices { judgeEdge(of: path) }
        for link in links.indices { judgeAll(of: link, &changes) }
    }

    /// A reference that never answered counts only while nothing else has answered either: it may be misconfigured. A host that
    /// is cut off stays so until something answers, whatever a reload makes of its references.
    private var isCutOff: Bool {
        var isAnyVerified = false
        for index in references where streams[index].health.everAnswered {
            isAnyVerified = true
            if streams[index].health.lossRun < (isIsolated ? 1 : streams[index].downAfter) { return false }
        }
        if isAnyVerified { return true }
        if isIsolated, let isolatedSince { return answers.lastSent.map { $0 < isolatedSince } ?? true }
        guard answers.isEmpty, !references.isEmpty else { return false }
        return references.allSatisfy { streams[$0].health.lossRun >= streams[$0].downAfter }
    }

    /// What was lost meanwhile was lost by this host.
    private mutating func reconnect(_ changes: inout [LinksChange]) {
        note(blindFrom: isolationStart ?? now, to: now, &changes)
        isolatedSince = nil
        isolationStart = nil
        lossesCountFrom = now
        changes.append(.reconnected(at: now))
        for stream in streams.indices {
            if case .reference = streams[stream].place { continue }
            streams[stream].health.forgetLosses()
        }
        for link in links.indices {
            links[link].quietUntil = max(links[link].quietUntil, now + quiet(links[link].spec))
        }
    }

    /// Verdicts that waited are given, or wait on.
    mutating func judgePending(_ changes: inout [LinksChange]) {
        guard pendingLinks > 0 else { return }
        for link in links.indices where links[link].isPending { judgeAll(of: link, &changes) }
    }

    /// Whether runs of losses may be this host's own fault: no answer of anybody disproves it, and a reference may yet.
    ///
    /// An answer over any path proves this host as well as one of a reference.
    func mayBeLocal(_ lost: [Int]) -> Bool {
        guard hasVerifiedReference else { return false }
        var due: MonotonicTime?
        var lastLoss: MonotonicTime?
        var fellAt: MonotonicTime?
        for index in lost {
            let health = streams[index].health
            guard let first = health.answerDue, let last = health.lastSent else { continue }
            due = max(due ?? first, first)
            lastLoss = min(lastLoss ?? last, last)
            fellAt = max(fellAt ?? last, health.fellAt ?? now)
        }
        guard let due, let lastLoss, let fellAt else { return false }
        return now - fellAt < patience && !answers.disproves(due: due, lastLoss: lastLoss)
    }

    private var hasVerifiedReference: Bool { references.contains { streams[$0].health.everAnswered } }

    /// References are asked at the first loss and again while a verdict waits, so they are out after this time at most.
    static func patience(_ site: SiteSpec, downAfter: Int) -> Duration {
        let timeout = site.references.map(\.timeout).max() ?? .zero
        return timeout + .milliseconds(350) * (downAfter + 1)
    }
}
