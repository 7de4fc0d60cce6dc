import Links
import Metering
import Model

extension PathSeries {
    /// Shows the facts of a path.
    func show(_ facts: PathFacts, in store: inout MetricStore) {
        store.set(edgeAnswering, facts.edgeAnswering)
        store.set(pinnedForward, Catalogue.pinStates.firstIndex(of: facts.forward.rawValue))
        store.set(pinnedReturn, Catalogue.pinStates.firstIndex(of: facts.backward.rawValue))
    }
}

extension LinkSeries {
    /// Shows the state of a link.
    func show(_ status: LinkStatus, _ clock: ClockReading, in store: inout MetricStore) {
        setState(status.state.rawValue, in: &store)
        setActive(tier: status.activeTier, paths: status.activePaths ?? [], in: &store)
        for path in status.paths { setPath(path.path, state: path.state.rawValue, in: &store) }
        for path in paths { store.set(path.flowRatio, status.flowRatios[path.id]) }
        for workload in status.workloads {
            setFlowsLost(workload.flows.count { $0.state == .down }, of: workload.target, in: &store)
            for flow in workload.flows {
                setFlowLossRatio(flow.lossRatio ?? 0, of: workload.target, flow: flow.flow, in: &store)
            }
        }
        let running = status.outageDuration?.seconds ?? 0
        store.set(currentOutage, max(0, running))
        guard let last = status.lastOutage else { return }
        store.set(lastOutage, last.duration.seconds)
        store.set(lastOutageEnd, clock.wallTime(of: last.end).seconds)
    }
}
