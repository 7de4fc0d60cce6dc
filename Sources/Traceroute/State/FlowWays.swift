internal import Wire

/// Which flows take the same way. Silence of a hop is none of its own: a router that limits its ICMP answers one flow and
/// not the other.
struct FlowWays {
    struct Way: Hashable {
        /// By TTL from 1; nil where nobody answered.
        var responders: [IPAddress?]
        /// The target answered; else what lies behind the last answer may be another way.
        var isReached: Bool
        /// TTLs at which it is proven to meet a router that never answers, which is none of those that do.
        var mute: Set<Int> = []
    }

    /// Members of each way by their places, and who answers on it as all of them know; ordered by the first member.
    private(set) var groups: [(members: [Int], way: Way)] = []
    /// Places of those with gaps that fit several ways.
    private(set) var undecided: [Int] = []

    /// - Parameter endsAreKnown: a flow that does not reach the target ends elsewhere than one that does; else its silence may
    ///   be the target's own, and so may be that at its distance.
    init(_ ways: [Way], endsAreKnown: Bool) {
        // Those that know most come first, so that one with gaps joins what it fits.
        let order = ways.indices.sorted { left, right in
            let (known, other) = (Self.known(ways[left]), Self.known(ways[right]))
            return known == other ? left < right : known > other
        }
        var others: [Int] = []
        for index in order {
            if groups.contains(where: { Self.fits(ways[index], $0.way, endsAreKnown) }) {
                others.append(index)
            } else {
                groups.append(([index], ways[index]))
            }
        }
        for index in others {
            let places = groups.indices.filter { Self.fits(ways[index], groups[$0].way, endsAreKnown) }
            switch places.count {
            case 0: groups.append(([index], ways[index]))
            case 1:
                groups[places[0]].members.append(index)
                groups[places[0]].way = Self.merged(groups[places[0]].way, ways[index])
            default: undecided.append(index)
            }
        }
        undecided.sort()
        for place in groups.indices { groups[place].members.sort() }
        groups.sort { ($0.members.first ?? 0) < ($1.members.first ?? 0) }
    }

    private static func known(_ way: Way) -> Int { way.responders.count { $0 != nil } + (way.isReached ? 256 : 0) }

    private static func fits(_ left: Way, _ right: Way, _ endsAreKnown: Bool) -> Bool {
        let hasOtherLength = left.responders.count != right.responders.count
        if endsAreKnown, left.isReached, right.isReached, hasOtherLength { return false }
        if left.isReached != right.isReached, endsAreKnown { return false }
        return !meets(left, right) && !meets(right, left)
            && zip(left.responders, right.responders).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
    }

    /// An answer where the other one is known to get none.
    private static func meets(_ left: Way, _ right: Way) -> Bool {
        right.mute.contains { left.responders.indices.contains($0 - 1) && left.responders[$0 - 1] != nil }
    }

    private static func merged(_ known: Way, _ newer: Way) -> Way {
        var way = known
        for (index, address) in newer.responders.enumerated() {
            if way.responders.indices.contains(index) {
                way.responders[index] = way.responders[index] ?? address
            } else {
                way.responders.append(address)
            }
        }
        way.mute.formUnion(newer.mute)
        way.isReached = known.isReached || newer.isReached
        let ends = [known, newer].filter(\.isReached).map(\.responders.count)
        if let end = ends.min() { way.responders = Array(way.responders.prefix(end)) }
        return way
    }
}
