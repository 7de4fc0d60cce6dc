import Model

extension LinksModel {
    /// All references fail: this host is cut off, and no other verdict holds.
    mutating func judgeSite(_ changes: inout [LinksChange]) {
        let verified = references.filter { streams[$0].health.everAnswered }
        let isCutOff = !verified.isEmpty && verified.allSatisfy { streams[$0].health.isDown(after: streams[$0].downAfter) }
        guard isCutOff != isIsolated else {
            judgeWaiting(&changes)
            return
        }
        isIsolated = isCutOff
        if isCutOff {
            isolatedSince = now
            changes.append(.isolated(at: now))
        } else {
            isolatedSince = nil
            changes.append(.reconnected(at: now))
            // What was lost meanwhile was lost by this host.
            for stream in streams.indices where !references.contains(stream) { streams[stream].health.forgetLosses() }
        }
        for path in paths.indices { judgeEdge(of: path) }
        for link in links.indices {
            for path in links[link].paths.indices { judge(path: path, of: link, &changes) }
            judge(link: link, &changes)
        }
    }

    /// Verdicts that waited for a reference are given, or wait on.
    private mutating func judgeWaiting(_ changes: inout [LinksChange]) {
        for link in links.indices {
            var hasWaited = false
            for path in links[link].paths.indices where links[link].paths[path].isWaiting {
                judge(path: path, of: link, &changes)
                hasWaited = true
            }
            judgeOutage(of: link, &changes)
            if hasWaited { judge(link: link, &changes) }
        }
    }

    /// Whether losses since `firstLoss` may be this host's own fault: no reference has answered a probe sent since then,
    /// and one may yet. A reference that is asked too seldom is waited for two seconds at most.
    func mayBeLocal(since firstLoss: MonotonicTime) -> Bool {
        let verified = references.filter { streams[$0].health.everAnswered }
        guard !verified.isEmpty, now - firstLoss < Self.patienceWithReferences else { return false }
        let hasAnswered = verified.contains { index in
            let health = streams[index].health
            return health.lossRun == 0 && (health.lastSent.map { $0 >= firstLoss } ?? false)
        }
        return !hasAnswered
    }

    static let patienceWithReferences: Duration = .milliseconds(3500)
}
