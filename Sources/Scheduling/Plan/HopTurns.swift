import Model

/// When routers on the way are asked about which flow: the addresses of all links take turns, one each second, and each time
/// the next of its flows. A name that does not resolve leaves no second empty.
///
/// The distances are asked about the same flow one second after the other, each of them once a second all the same: so its
/// packets can have one source port, and show one way.
struct HopTurns {
    private var members: [HopRounds.Member] = []
    private var places: [HopRounds.Member: Int] = [:]

    /// - Parameter streams: by number; those that have no address are nil.
    init(_ streams: [PlannedStream?]) {
        for case .hop(let question)? in streams.map({ $0?.purpose }) where places[question.member] == nil {
            places[question.member] = members.count
            members.append(question.member)
        }
    }

    /// How often a hop is asked about a flow, and when first.
    func turn(of question: HopQuestion) -> (interval: Duration, phase: Duration) {
        let interval = HopRounds.period(ofFlowOf: question.member, among: members.count)
        let second = (places[question.member] ?? 0) + members.count * question.flow + Int(question.ttl) - 1
        let seconds = max(1, members.count) * question.member.flows
        return (interval, HopRounds.period * (second % seconds))
    }
}
