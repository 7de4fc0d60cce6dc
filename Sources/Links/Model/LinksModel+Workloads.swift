import Model

extension LinksModel {
    /// Judges one flow after an outcome of its stream, and with it its workload and the link's outage.
    mutating func judge(
        flow: Int,
        of workload: Int,
        of link: Int,
        _ outcome: Outcome,
        _ changes: inout [LinksChange]
    ) {
        let target = links[link].workloads[workload].target
        let record = links[link].workloads[workload].flows[flow]
        let health = streams[record.stream].health
        if outcome.isAnswer {
            if record.isDown {
                links[link].workloads[workload].flows[flow].isDown = false
                if let start = record.outageStart {
                    let outage = Outage(start: start, end: max(start, outcome.sentAt))
                    changes.append(.flowRestored(link: links[link].spec.name, target: target, flow: flow, outage))
                }
                links[link].workloads[workload].flows[flow].outageStart = nil
            }
            closeOutage(of: link, with: outcome, &changes)
        } else if !record.isDown, health.lossRun >= streams[record.stream].downAfter, isVerified(target, link), !isIsolated {
            links[link].workloads[workload].flows[flow].isDown = true
            links[link].workloads[workload].flows[flow].outageStart = health.lastGood ?? health.firstLoss
            changes.append(.flowLost(link: links[link].spec.name, target: target, flow: flow, at: now))
        }
        judge(workload: workload, of: link)
        judgeOutage(of: link, &changes)
    }

    /// A workload is down when all of its flows are.
    private mutating func judge(workload: Int, of link: Int) {
        let record = links[link].workloads[workload]
        let lost = record.flows.indices.filter { record.flows[$0].isDown }
        let state: FlowState
        if !isVerified(record.target, link) {
            state = .unknown
        } else if lost.count == record.flows.count {
            state = .down
        } else {
            let hasResult = record.flows.contains { streams[$0.stream].health.hasResult }
            state = hasResult ? .up : .unknown
        }
        if record.state != state {
            links[link].workloads[workload].state = state
            links[link].workloads[workload].since = now
        }
        let part = state == .down ? [] : lost
        if part != record.lostFlows {
            links[link].workloads[workload].lostFlows = part
            links[link].workloads[workload].lostFlowsSince = now
        }
    }

    /// The state of a workload as shown: nothing is known on a host that is cut off.
    func shownState(of workload: WorkloadRecord) -> FlowState {
        isIsolated ? .unknown : workload.state
    }

    // MARK: Outage

    /// Opens the link's outage when all flows of all its workloads are down.
    mutating func judgeOutage(of link: Int, _ changes: inout [LinksChange]) {
        let record = links[link]
        guard record.outageStart == nil, !isIsolated else { return }
        let verified = record.workloads.filter { isVerified($0.target, link) }
        guard !verified.isEmpty, verified.allSatisfy({ $0.flows.allSatisfy(\.isDown) }) else { return }
        let health = verified.flatMap { $0.flows.map { streams[$0.stream].health } }
        if let first = health.compactMap(\.firstLoss).min(), mayBeLocal(since: first) { return }
        guard let start = health.compactMap(\.lastGood).max() ?? health.compactMap(\.firstLoss).min() else { return }
        links[link].outageStart = start
        links[link].outageBlind = nil
        changes.append(.outageOpened(link: record.spec.name, start: start, at: now))
    }

    private mutating func closeOutage(of link: Int, with answer: Outcome, _ changes: inout [LinksChange]) {
        guard let start = links[link].outageStart, answer.sentAt >= start else { return }
        var end = answer.sentAt
        if let blind = links[link].outageBlind {
            // Nothing was seen in the blind time; when nothing was lost after it, the outage ended before it.
            let losses = links[link].workloads.flatMap { $0.flows.compactMap { streams[$0.stream].health.lossRunSettled } }
            if !losses.contains(where: { $0 > blind.to }) { end = min(end, max(start, blind.from)) }
        }
        let outage = Outage(start: start, end: end)
        links[link].outageStart = nil
        links[link].outageBlind = nil
        links[link].lastOutage = outage
        changes.append(.outageClosed(link: links[link].spec.name, outage))
    }
}
