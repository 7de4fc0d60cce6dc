public import Model

extension Snapshot {
    /// Gives the lost flows their source ports.
    /// - Parameter port: of a workload's flow; nil where it has none of its own.
    public mutating func nameLostFlows(_ port: (ProbeKey) -> UInt16?) {
        for link in links.indices {
            let name = links[link].name
            for workload in links[link].workloads.indices where !links[link].workloads[workload].lostFlows.isEmpty {
                let target = links[link].workloads[workload].target
                for index in links[link].workloads[workload].flows.indices {
                    let flow = links[link].workloads[workload].flows[index]
                    guard flow.lostSince != nil else { continue }
                    links[link].workloads[workload].flows[index].sourcePort = port(
                        ProbeKey(link: name, role: .workload, target: target, flow: flow.flow)
                    )
                }
            }
        }
    }
}
