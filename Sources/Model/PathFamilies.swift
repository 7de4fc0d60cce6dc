public import Wire

extension PathSpec {
    /// The address families of what crosses over the path: that of its source or next hop, else those of the targets that
    /// its links ask for. A name may stand for both, and so does a path without any target.
    ///
    /// - Parameter links: all of the configuration.
    public func families(in links: [LinkSpec]) -> Set<IPFamily> {
        if let bound = pin.source ?? pin.nextHop { return [bound.family] }
        let users = links.filter { $0.tier(of: id) != nil }
        let targets = users.flatMap { $0.through + $0.workloads }.map(\.target)
        guard !targets.isEmpty, targets.allSatisfy({ $0.address != nil }) else { return [.v4, .v6] }
        return Set(targets.compactMap { $0.address?.family })
    }
}
