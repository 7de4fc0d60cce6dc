internal import Wire

/// Where a flow meets a router of its own that never answers, while other flows meet one that does: chance and limits silence
/// some answers of a router, and not all of one flow and none of another in the same time.
enum MuteHops {
    /// By flow: the TTLs at which that is proven.
    static func find(in flows: [TraceState]) -> [Set<Int>] {
        let byTTL = flows.map { flow in Dictionary(grouping: flow.probes.filter(\.wasSent)) { $0.ttl } }
        return byTTL.indices.map { flow in
            Set(
                byTTL[flow].filter { ttl, own in
                    guard own.allSatisfy({ $0.answer == nil }) else { return false }
                    let others = byTTL.indices.lazy.filter { $0 != flow }.compactMap { byTTL[$0][ttl] }
                        .filter { probes in probes.contains { $0.answer?.kind == .ttlExceeded } }
                    return CutOffFlows.isProven(own, Array(others.joined()))
                }.keys
            )
        }
    }
}
