import Links
import Logging
import Model
import Probing
import Scheduling

/// Routers on the way, on a host whose routes are the same for all paths.
extension MonitorTurn {
    mutating func noteHop(_ outcome: Outcome) {
        guard outcome.result == .failed(.ttlExceeded), let router = outcome.detail?.responder,
            case .hop(let question)? = book.index[outcome.probe]?.purpose
        else { return }
        changes += model.apply(
            .hop(question.member.target, flow: question.seenFlow, address: router, at: clock.monotonic)
        )
    }

    /// Says of which links some workloads are left out, once for each number.
    mutating func tellWithoutHops(_ plan: ProbePlan) {
        for (link, count) in plan.withoutHops.sorted(by: { $0.key < $1.key }) where linksWithoutHops[link] != count {
            parts.logger.warning(
                """
                link \(link): routers on the way are asked about its first \(HopRounds.mostMembers) addresses; where the traffic \
                of \(count) more goes is not known
                """
            )
        }
        linksWithoutHops = plan.withoutHops
    }
}
