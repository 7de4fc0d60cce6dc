import Model
import Probing
import Wire

/// By which addresses the requests of one client leave its proxies (BKP-10). Pure.
struct EgressLedger {
    private struct Cycle {
        /// Of how many answers a cycle is.
        var size: Int
        var answers = 0
        var addresses: [IPAddress] = []
    }

    private var cycles: [String: Cycle] = [:]
    private(set) var statuses: [EgressStatus] = []

    /// - Parameter sizes: answers of a cycle, by proxy.
    mutating func configure(_ sizes: [String: Int], at now: MonotonicTime) {
        cycles = Dictionary(
            uniqueKeysWithValues: sizes.map { name, size in
                (name, cycles[name].flatMap { $0.size == size ? $0 : nil } ?? Cycle(size: size))
            }
        )
        let known = Dictionary(statuses.map { ($0.proxy, $0) }, uniquingKeysWith: { first, _ in first })
        statuses = sizes.keys.sorted().map { known[$0] ?? EgressStatus(proxy: $0, since: now) }
    }

    /// - Returns: the status when a cycle is complete.
    mutating func note(_ outcome: Outcome, through proxy: String) -> EgressStatus? {
        guard outcome.isAnswer, let body = outcome.detail?.request?.response?.body,
            let address = EgressEcho.address(in: body), var cycle = cycles[proxy],
            let place = statuses.firstIndex(where: { $0.proxy == proxy })
        else { return nil }
        cycle.answers += 1
        if !cycle.addresses.contains(address) { cycle.addresses.append(address) }
        guard cycle.answers >= cycle.size else {
            cycles[proxy] = cycle
            return nil
        }
        cycles[proxy] = Cycle(size: cycle.size)
        statuses[place].addresses = cycle.addresses
        if cycle.addresses.count > 1 {
            if statuses[place].unexpected == 0 { statuses[place].since = outcome.sentAt }
            statuses[place].unexpected += 1
        } else {
            statuses[place].unexpected = 0
        }
        return statuses[place]
    }
}
