import Model
import Probing
import Wire

/// The last word on every way to every storage account. Pure.
struct StorageLedger {
    /// What the configuration says of one way.
    struct Entry: Sendable, Equatable {
        var way: StorageWay
        var target: Target
        var link: String?
        var expectation: StorageExpectation
        var hasOwnAuthorities: Bool
    }

    private var entries: [StorageWay: Entry] = [:]
    private(set) var statuses: [StorageStatus] = []
    /// Our clock minus the service's, by way.
    private(set) var skews: [StorageWay: Duration] = [:]
    /// What name servers say, by account and service.
    private var resolutions: [String: StorageResolution] = [:]

    /// Takes over the ways of a configuration; those that stay keep their state.
    mutating func configure(_ new: [Entry]) {
        statuses = statuses.filter { status in
            new.contains { $0.way == status.way && $0.expectation == status.expectation }
        }
        entries = Dictionary(new.map { ($0.way, $0) }, uniquingKeysWith: { first, _ in first })
        skews = skews.filter { entries[$0.key] != nil }
    }

    /// A name server has answered for one service of an account.
    /// - Returns: what it says; nil where it said nothing.
    mutating func note(_ facts: DNSFacts?, of way: StorageWay) -> StorageResolution? {
        guard let facts else { return nil }
        let aliases = facts.answers.filter { $0.type == "CNAME" }.flatMap { [$0.name, $0.value] }
        let addresses = facts.answers.filter { $0.type == "A" || $0.type == "AAAA" }.compactMap { IPAddress($0.value) }
        let resolution = StorageResolution(aliases: aliases, addresses: addresses)
        resolutions["\(way.account)/\(way.service)"] = resolution
        return resolution
    }

    mutating func note(_ outcome: Outcome, of way: StorageWay, clock: ClockReading) {
        guard let entry = entries[way] else { return }
        var reason: Reason?
        switch outcome.result {
        case .answered: break
        case .failed(let why): reason = why
        case .invalid: return
        }
        // Through a proxy it is the proxy that resolves the name.
        let resolution = way.isDirect ? resolutions["\(way.account)/\(way.service)"] : nil
        let judge = StorageJudge(hasOwnAuthorities: entry.hasOwnAuthorities, expectation: entry.expectation)
        let judgement = judge.judge(
            reason: reason,
            facts: outcome.detail?.request,
            message: outcome.detail?.message,
            resolution: resolution,
            clock: clock
        )
        skews[way] = judgement.clockSkew ?? skews[way]
        let place = statuses.firstIndex { $0.way == way }
        var status =
            place.map { statuses[$0] }
            ?? StorageStatus(
                way: way,
                target: entry.target.description,
                link: entry.link,
                expectation: entry.expectation,
                verdict: judgement.verdict,
                evidence: judgement.evidence,
                since: outcome.sentAt
            )
        status.verdict = judgement.verdict
        status.resolution = resolution
        status.evidence = judgement.evidence
        if status.isAsExpected {
            status.unexpected = 0
        } else {
            if status.unexpected == 0 { status.since = outcome.sentAt }
            status.unexpected += 1
        }
        if let place { statuses[place] = status } else { statuses.append(status) }
    }
}
