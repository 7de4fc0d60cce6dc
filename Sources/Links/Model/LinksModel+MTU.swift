import Model

/// What the traces of a path find of its MTU. A path is held against itself alone: a backup that carries smaller packets
/// than the circuit always did is none that has lost anything.
extension LinksModel {
    /// Takes what a trace found that was sent over the path's own pin. Where packets are known to leave or to return
    /// another way, it says nothing of this one.
    mutating func note(mtu bytes: Int, of path: PathID, link name: String, target: Target) {
        guard bytes > 0, let link = links.firstIndex(where: { $0.spec.name == name }),
            links[link].spec.through.contains(where: { $0.target == target }),
            let place = links[link].paths.indices.first(where: { self.name(of: $0, link) == path })
        else { return }
        let facts = paths[links[link].paths[place].path]
        guard facts.forward != .wrong, facts.backward != .wrong, facts.answersArriveOver == nil else { return }
        links[link].paths[place].mtus[target, default: MTUHistory(bytes)].note(bytes)
    }

    /// Nil unless every target that was measured is reached with smaller packets than before: one alone is not the path.
    func reducedMTU(_ record: LinkPathRecord) -> ReducedMTU? {
        guard !record.mtus.isEmpty, record.mtus.values.allSatisfy(\.isReduced) else { return nil }
        return record.mtus.values.map { ReducedMTU(bytes: $0.latest, baseline: $0.baseline) }
            .min { ($0.bytes, $0.baseline) < ($1.bytes, $1.baseline) }
    }
}
