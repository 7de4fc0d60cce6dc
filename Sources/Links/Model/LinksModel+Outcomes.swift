import Model

extension LinksModel {
    /// Takes the outcome into the health of its stream.
    /// - Returns: whether any verdict may change by it; the usual answer of a network that is well changes none.
    mutating func record(_ outcome: Outcome, of stream: Int) -> Bool {
        let losses = streams[stream].health.lossRun
        let answers = streams[stream].health.answerRun
        let settled = streams[stream].settledAfter
        switch outcome.result {
        case .invalid:
            return false
        case .failed:
            let isReference = streams[stream].place == .reference
            if outcome.sentAt < lossesCountFrom, !isReference { return false }
            streams[stream].health.record(outcome, downAfter: streams[stream].downAfter)
            return losses <= settled || isPending(stream) || isOverdue(stream)
        case .answered:
            streams[stream].health.record(outcome, downAfter: streams[stream].downAfter)
            self.answers.record(sent: outcome.sentAt, settled: outcome.settledAt)
            return losses > 0 || answers <= settled || isPending(stream)
        }
    }

    /// Whether a verdict that the stream may decide is open.
    private func isPending(_ stream: Int) -> Bool {
        switch streams[stream].place {
        case .reference, .edge: pendingLinks > 0
        // Answers that come in where they belong again end what was said of the return way.
        case .through(let link, let path):
            links[link].isPending || paths[links[link].paths[path].path].backward == .wrong
        case .workload(let link, _, _): links[link].isPending
        }
    }

    /// Whether the stream is a flow that has missed `down_after` and is not said to be down: it was lost before anything of its
    /// workload had answered, or before a reload asked for less. Those of a workload that never answers are not judged for it.
    private func isOverdue(_ stream: Int) -> Bool {
        guard case .workload(let link, let workload, let flow) = streams[stream].place, !isIsolated,
            streams[stream].health.lossRun >= streams[stream].downAfter
        else { return false }
        return links[link].workloads[workload].state != .unknown && !links[link].workloads[workload].flows[flow].isDown
    }

    mutating func judge(_ stream: Int, after outcome: Outcome, _ changes: inout [LinksChange]) {
        let losses = streams[stream].health.lossRun
        switch streams[stream].place {
        case .reference:
            judgeSite(&changes)
        case .edge(let path):
            judgeEdge(of: path)
            judgeUsers(of: path, &changes)
        case .through(let link, let path):
            if losses == 1 { changes.append(.suspicion(at: now)) }
            if outcome.isAnswer { noteReturn(outcome, of: links[link].paths[path].path) }
            judge(path: path, of: link, &changes)
            judgeAll(of: link, except: path, isPendingOnly: true, &changes)
        case .workload(let link, let workload, let flow):
            if losses == 1 { changes.append(.suspicion(at: now)) }
            judge(flow: flow, of: workload, of: link, outcome, &changes)
            judgeAll(of: link, isPendingOnly: true, &changes)
        }
    }

    mutating func judgeUsers(of path: Int, _ changes: inout [LinksChange]) {
        for place in paths[path].users {
            judge(path: place.path, of: place.link, &changes)
            judgeAll(of: place.link, except: place.path, isPendingOnly: true, &changes)
        }
    }

    /// Judges the paths of a link, those that wait or all, then its flows that wait, and the link.
    mutating func judgeAll(
        of link: Int,
        except path: Int? = nil,
        isPendingOnly: Bool = false,
        _ changes: inout [LinksChange]
    ) {
        for other in links[link].paths.indices
        where other != path && (!isPendingOnly || links[link].paths[other].isPending) {
            judge(path: other, of: link, &changes)
        }
        judgeWaitingFlows(of: link, &changes)
        judgeOutage(of: link, &changes)
        judge(link: link, &changes)
        notePending(link, &changes)
    }

    /// Keeps count of the links with an open verdict; while one waits for the references they are asked again.
    private mutating func notePending(_ link: Int, _ changes: inout [LinksChange]) {
        let isWaiting =
            links[link].paths.contains(where: \.isWaiting)
            || links[link].workloads.contains { $0.flows.contains(where: \.isWaiting) }
        if isWaiting { changes.append(.suspicion(at: now)) }
        let isPending = isWaiting || links[link].paths.contains(where: \.isPending)
        guard links[link].isPending != isPending else { return }
        links[link].isPending = isPending
        pendingLinks += isPending ? 1 : -1
    }

    /// What time alone changes: windows that fill, evidence that grows old, verdicts that wait.
    mutating func sweep(_ changes: inout [LinksChange]) {
        guard now - lastSweep >= .milliseconds(90) else { return }
        lastSweep = now
        judgeSite(&changes)
        let isQualityDue = now - lastQualitySweep >= .milliseconds(900)
        if isQualityDue { lastQualitySweep = now }
        for link in links.indices {
            if isQualityDue {
                for path in links[link].paths.indices { judgeQuality(of: path, of: link, &changes) }
            }
            judgeAll(of: link, isPendingOnly: !isQualityDue, &changes)
        }
    }

    /// Evidence that was fresh when this process stopped is fresh when it goes on: it is asked anew at once.
    mutating func forgive(_ pause: Duration) {
        guard pause > .zero else { return }
        for link in links.indices {
            for workload in links[link].workloads.indices {
                for flow in links[link].workloads[workload].flows.indices {
                    if let at = links[link].workloads[workload].flows[flow].routeAt {
                        links[link].workloads[workload].flows[flow].routeAt = at + pause
                    }
                }
                for hop in links[link].workloads[workload].hops.indices {
                    let at = links[link].workloads[workload].hops[hop].at
                    links[link].workloads[workload].hops[hop].at = at + pause
                }
            }
            links[link].hopsSince = links[link].hopsSince.map { $0 + pause }
            for hop in links[link].hops.indices { links[link].hops[hop].at = links[link].hops[hop].at + pause }
        }
    }
}
