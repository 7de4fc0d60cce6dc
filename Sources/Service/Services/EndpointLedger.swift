import Model
import Probing

/// The last word on every way to an endpoint that must be reached, or refused. Pure.
struct EndpointLedger {
    private var ways: Set<EndpointWay> = []
    private(set) var statuses: [EndpointStatus] = []

    /// Takes over the ways of a configuration; those that stay keep their state.
    mutating func configure(_ new: [EndpointWay]) {
        ways = Set(new)
        statuses = statuses.filter { ways.contains($0.way) }
    }

    /// - Returns: the status after it; nil where the outcome says nothing.
    mutating func note(_ outcome: Outcome, of way: EndpointWay) -> EndpointStatus? {
        guard ways.contains(way), let judgement = EndpointJudge.judge(outcome, use: way.use) else { return nil }
        let place = statuses.firstIndex { $0.way == way }
        var status =
            place.map { statuses[$0] }
            ?? EndpointStatus(
                way: way,
                verdict: judgement.verdict,
                evidence: judgement.evidence,
                since: outcome.sentAt
            )
        status.verdict = judgement.verdict
        status.evidence = judgement.evidence
        switch status.isAsExpected {
        case true: status.unexpected = 0
        case false:
            if status.unexpected == 0 { status.since = outcome.sentAt }
            status.unexpected += 1
        // What proves nothing leaves the count where it is.
        default: break
        }
        if let place { statuses[place] = status } else { statuses.append(status) }
        return status
    }
}
