public import Model

extension LinksModel {
    /// Judges one flow after an outcome of its stream, and with it its workload and the link's outage.
    mutating func judge(
        flow: Int,
        of workload: Int,
        of link: Int,
        _ outcome: Outcome,
        _ changes: inout [LinksChange]
    ) {
        if outcome.isAnswer {
            restore(flow: flow, of: workload, of: link, outcome, &changes)
            closeOutage(of: link, with: outcome, &changes)
        } else {
            judgeLoss(ofFlow: flow, of: workload, of: link, &changes)
        }
        judge(workload: workload, of: link)
        judgeOutage(of: link, &changes)
    }

    private mutating func restore(
        flow: Int,
        of workload: Int,
        of link: Int,
        _ answer: Outcome,
        _ changes: inout [LinksChange]
    ) {
        let record = links[link].workloads[workload].flows[flow]
        links[link].workloads[workload].flows[flow].isWaiting = false
        guard record.isDown else { return }
        links[link].workloads[workload].flows[flow].isDown = false
        links[link].workloads[workload].flows[flow].lostSince = nil
        links[link].workloads[workload].flows[flow].outageStart = nil
        guard let start = record.outageStart else { return }
        let target = links[link].workloads[workload].target
        let outage = outage(from: start, to: answer.sentAt)
        changes.append(.flowRestored(link: links[link].spec.name, target: target, flow: flow, outage))
    }

    /// A flow is down after `down_after` losses, unless they may be this host's own.
    private mutating func judgeLoss(
        ofFlow flow: Int,
        of workload: Int,
        of link: Int,
        _ changes: inout [LinksChange]
    ) {
        let record = links[link].workloads[workload].flows[flow]
        let stream = record.stream
        let target = links[link].workloads[workload].target
        guard !record.isDown, !isIsolated, streams[stream].health.lossRun >= streams[stream].downAfter,
            isVerified(target, link)
        else { return }
        if mayBeLocal([stream]) {
            links[link].workloads[workload].flows[flow].isWaiting = true
            return
        }
        links[link].workloads[workload].flows[flow].isWaiting = false
        links[link].workloads[workload].flows[flow].isDown = true
        links[link].workloads[workload].flows[flow].lostSince = now
        links[link].workloads[workload].flows[flow].outageStart =
            streams[stream].health.lastGood ?? streams[stream].health.firstLoss
        changes.append(.flowLost(link: links[link].spec.name, target: target, flow: flow, at: now))
    }

    /// Flows whose verdict waited.
    mutating func judgeWaitingFlows(of link: Int, _ changes: inout [LinksChange]) {
        for workload in links[link].workloads.indices {
            var hasWaited = false
            for flow in links[link].workloads[workload].flows.indices
            where links[link].workloads[workload].flows[flow].isWaiting {
                hasWaited = true
                links[link].workloads[workload].flows[flow].isWaiting = false
                judgeLoss(ofFlow: flow, of: workload, of: link, &changes)
            }
            if hasWaited { judge(workload: workload, of: link) }
        }
    }

    /// A workload is down when all of its flows are. Flows that a reload adds end no fall by being new.
    mutating func judge(workload: Int, of link: Int) {
        let record = links[link].workloads[workload]
        let lost = record.flows.indices.filter { record.flows[$0].isDown }
        let state: FlowState
        if !isVerified(record.target, link) {
            state = .unknown
        } else if lost.count == record.flows.count {
            state = .down
        } else if record.state == .down, !lost.isEmpty,
            record.flows.allSatisfy({ $0.isDown || !streams[$0.stream].health.everAnswered })
        {
            state = .down
        } else {
            let hasResult = record.flows.contains { streams[$0.stream].health.hasResult }
            state = hasResult ? .up : .unknown
        }
        if record.state != state {
            links[link].workloads[workload].state = state
            links[link].workloads[workload].since = now
        }
        links[link].workloads[workload].lostFlows = state == .down ? [] : lost
    }

    /// The state of a workload as shown: nothing is known on a host that is cut off; one that has not answered since the
    /// start and missed `down_after` is down for its users, although it proves nothing of a path.
    func shownState(of workload: WorkloadRecord) -> FlowState {
        if isIsolated { return .unknown }
        return workload.state == .unknown && isMissed(workload) ? .down : workload.state
    }

    // MARK: Outage

    /// Opens the link's outage when all flows of all its workloads are down. Where none of them has answered since the
    /// start, as after a restart in the middle of an outage, it begins with the first probe that was lost; one that a reload
    /// brings while the others are silent does not make it begin later.
    mutating func judgeOutage(of link: Int, _ changes: inout [LinksChange]) {
        guard links[link].outageStart == nil, !isIsolated else { return }
        var lastAnswer: MonotonicTime?
        var firstLoss: MonotonicTime?
        for workload in links[link].workloads where workload.state != .unknown || isMissed(workload) {
            guard isMissed(workload) else { return }
            for flow in workload.flows {
                if let moment = flow.outageStart { lastAnswer = max(lastAnswer ?? moment, moment) }
                if let moment = streams[flow.stream].health.firstLoss { firstLoss = max(firstLoss ?? moment, moment) }
            }
        }
        guard let start = lastAnswer ?? firstLoss else { return }
        links[link].outageStart = start
        changes.append(.outageOpened(link: links[link].spec.name, start: start, at: now))
    }

    /// When the open outage of each link began.
    public var openOutages: [String: MonotonicTime] {
        var open: [String: MonotonicTime] = [:]
        for link in links where link.outageStart != nil { open[link.spec.name] = link.outageStart }
        return open
    }

    /// Goes on with outages of an earlier run; between the two this host was blind.
    mutating func resume(
        _ starts: [String: MonotonicTime],
        _ hidden: [BlindTime],
        seenUntil: MonotonicTime,
        _ changes: inout [LinksChange]
    ) {
        // That run has counted them; here they shorten its outages alone.
        for time in hidden where time.to <= seenUntil { hold(time) }
        note(blindFrom: seenUntil, to: now, &changes)
        for link in links.indices where links[link].outageStart == nil {
            guard let start = starts[links[link].spec.name], start <= seenUntil else { continue }
            links[link].outageStart = start
            changes.append(.outageResumed(link: links[link].spec.name, start: start, at: now))
        }
    }

    private mutating func closeOutage(of link: Int, with answer: Outcome, _ changes: inout [LinksChange]) {
        guard let start = links[link].outageStart, answer.sentAt >= start else { return }
        let outage = outage(from: start, to: answer.sentAt)
        links[link].outageStart = nil
        links[link].lastOutage = outage
        if outage.duration > links[link].spec.detection.outageBudget { links[link].lastSlowOutage = outage }
        changes.append(.outageClosed(link: links[link].spec.name, outage))
    }

    func outage(from start: MonotonicTime, to end: MonotonicTime) -> Outage {
        let end = max(start, end)
        return Outage(start: start, end: end, blind: blindTime(from: start, to: end))
    }
}
