import Model

/// When routers on the way are asked about which flow: the workloads of a link that have an address take turns, one each
/// round, and each time the next of its flows. A name that does not resolve leaves no round empty.
struct HopTurns {
    private struct Link {
        var members: [HopRounds.Member] = []
        /// Keeps links apart, so that not all of them ask the same router at once.
        var offset: Duration
    }

    private var links: [String: Link] = [:]

    /// - Parameter streams: by number; those that have no address are nil.
    init(_ streams: [PlannedStream?]) {
        for (position, stream) in streams.enumerated() {
            guard case .hop(let question)? = stream?.purpose else { continue }
            var link = links[question.link] ?? Link(offset: Self.offset(position))
            if !link.members.contains(question.member) { link.members.append(question.member) }
            links[question.link] = link
        }
    }

    /// How often a hop is asked about a flow, and when first.
    func turn(of question: HopQuestion) -> (interval: Duration, phase: Duration) {
        let link = links[question.link]
        let members = link?.members ?? [question.member]
        let number = members.firstIndex(of: question.member) ?? 0
        let round = number + members.count * question.flow
        return (
            HopRounds.period(ofFlowOf: question.member, among: members.count),
            HopRounds.period * round + (link?.offset ?? .zero)
        )
    }

    /// A part of a round; the golden ratio keeps any number of links apart.
    private static func offset(_ position: Int) -> Duration {
        let fraction = UInt32(truncatingIfNeeded: position) &* 0x9E37_79B9
        return HopRounds.period * Double(fraction) / 4_294_967_296
    }
}
