public import Model

extension Snapshot {
    /// Gives the lost flows their source ports.
    /// - Parameter port: of a workload's flow; nil where it has none of its own.
    public mutating func nameLostFlows(_ port: (ProbeKey) -> UInt16?) {
        for link in links.indices {
            let name = links[link].name
            for workload in links[link].workloads.indices where !links[link].workloads[workload].lostFlows.isEmpty {
                let (target, lost) = (links[link].workloads[workload].target, links[link].workloads[workload].lostFlows)
                links[link].workloads[workload].lostSourcePorts = lost.compactMap {
                    port(ProbeKey(link: name, role: .workload, target: target, flow: $0))
                }
            }
        }
    }
}
