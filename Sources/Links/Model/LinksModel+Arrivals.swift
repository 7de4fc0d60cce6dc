import Model

/// Over which interfaces the answers of a path come in.
extension LinksModel {
    /// An answer to a probe pinned to an interface that came in over that interface.
    mutating func noteReturn(_ outcome: Outcome, of path: Int) {
        let detail = outcome.detail
        // A request is made by connections, which do not tell.
        guard let interface = paths[path].spec.pin.interface, detail?.arrivalInterface == nil,
            detail?.isArrivalUnknown != true, detail?.request == nil
        else { return }
        setReturn(isShared(interface, by: path) ? .unverified : .verified, over: nil, of: path)
    }

    /// Answers of a path that is pinned by source or mark may come in anywhere but over another path's interface.
    mutating func note(arrivalOver interface: String, of id: PathID) {
        guard let path = paths.firstIndex(where: { $0.spec.id == id }) else { return }
        let pinned = paths[path].spec.pin.interface
        if interface == pinned {
            return setReturn(isShared(interface, by: path) ? .unverified : .verified, over: nil, of: path)
        }
        // Behind a router all paths share an interface, and it tells nothing.
        guard interface != pinned ?? paths[path].egress ?? paths[path].wayOut else {
            if paths[path].backward == .wrong { setReturn(.unverified, over: nil, of: path) }
            return
        }
        let others = paths.indices.filter { $0 != path && leaves($0, by: interface, as: path) }
        let foreign = others.filter { !isSibling($0, of: path) }
        let other = foreign.count == 1 ? paths[foreign[0]].spec.id : nil
        let isSiblings = !others.isEmpty && foreign.isEmpty
        if other != nil || (pinned != nil && !isSiblings) {
            paths[path].wrongArrivalAt = now
            setReturn(.wrong, over: other, of: path)
        } else if paths[path].backward == .wrong {
            setReturn(.unverified, over: nil, of: path)
        }
    }

    /// Whether a path of another tier leaves by the same interface: then an answer over it proves nothing.
    private func isShared(_ interface: String, by path: Int) -> Bool {
        paths[path].peers.contains { other in
            (paths[other].spec.pin.interface ?? paths[other].egress) == interface && !shareTier(path, other)
        }
    }

    /// Whether the other path leaves by the interface, for a family that this one has too: one for the other family may share it.
    private func leaves(_ other: Int, by interface: String, as path: Int) -> Bool {
        let (mine, its) = (paths[path], paths[other])
        return (its.spec.pin.interface ?? its.egress) == interface && !its.families.isDisjoint(with: mine.families)
    }

    /// The far end may answer over another path of the same tier as well, as Microsoft does over the other connection of a circuit.
    private func isSibling(_ other: Int, of path: Int) -> Bool {
        let circuit = paths[path].spec.circuit
        return (circuit != nil && paths[other].spec.circuit == circuit) || shareTier(path, other)
    }

    private func shareTier(_ first: Int, _ second: Int) -> Bool {
        paths[first].users.contains { place in
            let tier = links[place.link].paths[place.path].tier
            return links[place.link].paths.contains { $0.path == second && $0.tier == tier }
        }
    }

    private mutating func setReturn(_ state: PinState, over other: PathID?, of path: Int) {
        guard paths[path].backward != state || paths[path].answersArriveOver != other else { return }
        // One target may be answered over the right way, another over the wrong one.
        if state != .wrong, paths[path].backward == .wrong, let last = paths[path].wrongArrivalAt {
            let intervals = paths[path].users.flatMap { links[$0.link].paths[$0.path].throughs }
                .map { streams[$0].interval }
            guard now - last > (intervals.max() ?? .zero) * 2 else { return }
        }
        paths[path].backward = state
        paths[path].answersArriveOver = other
        paths[path].pinSince = now
    }
}
