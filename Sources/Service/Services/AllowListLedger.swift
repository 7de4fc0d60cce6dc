import Model
import Planning
import Probing
import Wire

/// Whether the addresses of storage services lie in the ranges that a site has allowed (BKP-04, 05). Pure.
struct AllowListLedger {
    struct Entry: Sendable, Equatable {
        /// The direct way.
        var way: StorageWay
        var target: String
        var link: String?
        var list: AddressAllowList
    }

    private var entries: [StorageWay: Entry] = [:]
    private(set) var statuses: [AllowListStatus] = []

    mutating func configure(_ new: [Entry], at clock: ClockReading) {
        entries = Dictionary(new.map { ($0.way, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Dictionary(statuses.map { ($0.way, $0) }, uniquingKeysWith: { first, _ in first })
        statuses = new.map { entry in
            var status =
                known[entry.way]
                ?? AllowListStatus(
                    way: entry.way,
                    target: entry.target,
                    link: entry.link,
                    isWithdrawn: false,
                    since: clock.monotonic
                )
            status.isWithdrawn = entry.list.isWithdrawn
            status.age = entry.list.age(at: clock.wall)
            return status
        }
    }

    /// A name server has answered for a service. Private addresses are no matter of Azure's ranges.
    /// - Returns: the status after it; nil where there is no list.
    mutating func note(_ facts: DNSFacts?, of way: StorageWay, clock: ClockReading) -> AllowListStatus? {
        guard let facts, let entry = entries[way], let place = statuses.firstIndex(where: { $0.way == way }) else {
            return nil
        }
        let addresses = facts.answers.filter { $0.type == "A" || $0.type == "AAAA" }.compactMap { IPAddress($0.value) }
        let outside = addresses.filter { !$0.isOfPrivateNetwork && !entry.list.covers($0) }
        statuses[place].age = entry.list.age(at: clock.wall)
        statuses[place].outside = outside
        if outside.isEmpty {
            statuses[place].unexpected = 0
        } else {
            if statuses[place].unexpected == 0 { statuses[place].since = clock.monotonic }
            statuses[place].unexpected += 1
        }
        return statuses[place]
    }
}
