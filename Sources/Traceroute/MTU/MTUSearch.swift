public import Wire

/// The search for the path MTU (RFC 1191, and RFC 4821 where routers are silent) as a state machine: it asks for packets
/// in batches, is told what became of them, and knows the size in the end.
///
/// The likely sizes go first, all at once; then the rest is divided until two neighbouring sizes differ. A size that was
/// not answered counts as too large only when it was tried twice. A size that a router names is checked, not believed.
public struct MTUSearch: Sendable {
    public struct Probe: Hashable, Sendable {
        /// Of the whole IP packet.
        public var bytes: Int
        /// Nil: as far as the target.
        public var ttl: Int?
    }

    public enum Result: Hashable, Sendable {
        /// The target answered, or at the TTL of the probe somebody.
        case answered
        /// The router at the TTL of the probe.
        case passed(by: IPAddress)
        /// Too large, and the router names its limit; 0 for none (before RFC 1191). Nil: this host itself refuses.
        case tooLarge(told: Int, router: IPAddress?)
        case silent
        /// Nobody would have answered a small one either.
        case unknown
    }

    /// Of Ethernet, PPPoE, VXLAN, ExpressRoute with IPsec, WireGuard, Azure's VPN gateways, and 1350 bytes of TCP.
    static let likely = [9000, 1500, 1492, 1450, 1438, 1420, 1400, 1390, 1280]
    /// Packets in flight at once.
    static let batch = 8
    private static let tries = 2

    private struct Refusal {
        /// 0 for none.
        var told: Int
        var router: IPAddress?
    }

    private let ceiling: Int
    private let distance: Int
    /// The largest size that is known to pass; at first below the smallest that is tried.
    private var passes: Int
    private var isProven = false
    /// Sent and not settled.
    private var current: [Probe] = []
    /// The smallest size that is known not to pass.
    private var fails: Int
    private var misses: [Int: Int] = [:]
    /// Sizes that a router named and nobody checked yet.
    private var told: Int?
    /// Who refused which size, and what was named; by the smallest size that failed then.
    private var refusals: [Int: Refusal] = [:]
    private var lastRefusal = Refusal(told: 0)
    private var probes = 0

    /// By size: how often it was tried again because it vanishes, before that is believed.
    private var proofs: [Int: Int] = [:]
    /// What became of a packet cannot be told.
    private var isGivenUp = false
    private let isOneByOne: Bool
    private static let proofsNeeded = 3
    /// Against the word of a router that this size passes.
    private static let proofsAgainstWord = 6
    private static let mostProofs = 12

    // Where large packets end.
    private var sweeps = 0
    private var reach = 0
    /// Who answered there.
    private var reached: IPAddress?

    /// - Parameters:
    ///   - ceiling: MTU of the link that packets leave by.
    ///   - distance: TTL of the target.
    ///   - isOneByOne: one size at once: of a target that limits what it answers.
    public init(family: IPFamily, ceiling: Int, distance: Int, isOneByOne: Bool = false) {
        self.isOneByOne = isOneByOne
        let floor = family == .v4 ? 68 : 1280
        self.ceiling = max(ceiling, floor)
        self.distance = distance
        passes = floor - 1
        fails = self.ceiling + 1
    }

    private var isSized: Bool { fails - passes <= 1 }
    private var isLimited: Bool { passes < ceiling }

    /// The next packets; empty when the search is over.
    public mutating func next() -> [Probe] {
        let list: [Probe]
        if isGivenUp {
            list = []
        } else if !isSized {
            list = (isOneByOne ? size : sizes).map { Probe(bytes: $0, ttl: nil) }
        } else if let size = vanished, !isBelieved(size), proofs.values.reduce(0, +) < Self.mostProofs {
            proofs[size, default: 0] += 1
            list = [Probe(bytes: size, ttl: nil)]
        } else if isLimited, sweeps < Self.tries, reach < distance - 1 {
            sweeps += 1
            list = (reach + 1..<distance).map { Probe(bytes: hole ?? fails, ttl: $0) }
        } else {
            list = []
        }
        probes += list.count
        current = list
        return list
    }

    /// Of the next sizes the one that tells most.
    private var size: [Int] {
        let sizes = sizes
        // What a router named is both checked and refused by the router.
        if probes == 0 || told != nil { return Array(sizes.prefix(told == nil ? 1 : 2)) }
        // One that was missed once comes first.
        return misses.keys.filter { $0 > passes && $0 < fails }.min().map { [$0] } ?? [sizes[sizes.count / 2]]
    }

    private var sizes: [Int] {
        // A size that was missed once is tried again, while what lies below it is divided.
        let doubtful = misses.keys.filter { $0 > passes && $0 < fails }.min()
        let end = doubtful ?? fails
        var list: Set<Int> = doubtful.map { [$0] } ?? []
        if let told, told > passes, told < fails {
            list.formUnion([told, told + 1].filter { $0 < fails })
            return list.sorted(by: >)
        }
        if probes == 0 { list.insert(ceiling) }
        for size in Self.likely where size > passes && size < end && list.count < Self.batch { list.insert(size) }
        let room = Self.batch - list.count
        // Even steps only once the likely sizes are through.
        if probes > 0, room > 0 {
            let span = end - passes
            for step in 1...room {
                let size = passes + span * step / (room + 1)
                if size > passes, size < end { list.insert(size) }
            }
        }
        return list.sorted(by: >)
    }

    /// What became of a batch; a probe that is not named was not answered.
    public mutating func settle(_ results: [Probe: Result]) {
        for probe in current.sorted(by: { $0.bytes < $1.bytes }) {
            let result = results[probe] ?? .silent
            if let ttl = probe.ttl {
                switch result {
                case .answered where ttl > reach: (reach, reached) = (ttl, nil)
                case .passed(let router) where ttl > reach: (reach, reached) = (ttl, router)
                case .answered, .passed: break
                case .tooLarge(let told, let router): note(Refusal(told: told, router: router), size: probe.bytes)
                case .silent, .unknown: break
                }
            } else {
                settle(probe.bytes, result)
            }
        }
    }

    private mutating func settle(_ bytes: Int, _ result: Result) {
        switch result {
        // Without a TTL nobody but the target answers.
        case .passed: break
        case .answered:
            isProven = true
            passes = max(passes, bytes)
            misses[bytes] = nil
            // What was held to be too large passes after all: only sizes above remain in doubt.
            if fails <= passes { fails = ceiling + 1 }
        case .tooLarge(let size, let sender):
            fails = min(fails, max(bytes, passes + 1))
            note(Refusal(told: size, router: sender), size: max(bytes, passes + 1))
            if sender != nil { told = size > 0 && size < bytes ? size : nil }
        case .silent:
            misses[bytes, default: 0] += 1
            // One at a time, each silence stands beside an answer to a small packet.
            if misses[bytes, default: 0] >= (isOneByOne ? 1 : Self.tries) { fails = min(fails, max(bytes, passes + 1)) }
        case .unknown:
            isGivenUp = true
        }
        if let told, told <= passes || told >= fails { self.told = nil }
    }

    private mutating func note(_ refusal: Refusal, size: Int) {
        // This host itself refuses what an earlier report has taught it.
        if refusal.router != nil { lastRefusal = refusal }
        refusals[size] = refusal.router == nil ? lastRefusal : refusal
    }

    /// What says that the true limit is one: a refusal of the smallest size that fails, or one that names the largest that
    /// passes. What refused larger sizes may lie before a link that swallows these.
    private var report: Refusal? {
        refusals[fails] ?? refusals.values.first { $0.told == passes }
    }

    /// A size that was neither answered nor refused, as in a black hole, or lost by chance.
    ///
    /// Where smaller ones that do not fit are refused, the smallest such: it may have crossed the links whose routers say so,
    /// and vanished behind them. A sender that is told of it hangs.
    private var vanished: Int? {
        guard isProven, isLimited else { return nil }
        guard report != nil else { return fails }
        return misses.keys.filter { $0 > fails && refusals[$0] == nil }.min()
    }

    private func isBelieved(_ size: Int) -> Bool {
        let isSaidToPass = refusals.values.contains { $0.told == size }
        return proofs[size, default: 0] >= (isSaidToPass ? Self.proofsAgainstWord : Self.proofsNeeded)
    }

    /// Beyond sizes that are refused.
    private var hole: Int? { vanished.flatMap { $0 > fails && isBelieved($0) ? $0 : nil } }

    /// - Parameters:
    ///   - hops: of the trace, to find the router that limits; TTL and addresses.
    ///   - method: what was sent.
    public func result(
        hops: [(ttl: Int, addresses: [IPAddress])],
        method: TraceRequest.TraceProtocol
    ) -> PathMTU {
        var mtu = PathMTU(bytes: isProven ? passes : nil, interfaceBytes: ceiling, probes: probes, method: method)
        guard isProven else { return mtu }
        guard !isGivenUp || !isLimited else {
            mtu.bytes = nil
            return mtu
        }
        guard isLimited else {
            mtu.behaviour = .unlimited
            return mtu
        }
        // Unless a router says that it is the one: the last hop that large packets reach.
        mtu.limitTTL = reach > 0 ? reach : nil
        mtu.limitRouter = reached ?? hops.first { $0.ttl == mtu.limitTTL }?.addresses.first
        if let hole {
            mtu.behaviour = .blackHole
            mtu.vanishingBytes = hole
            return mtu
        }
        mtu.behaviour = report == nil ? .blackHole : .reported
        guard let router = report?.router else { return mtu }
        mtu.limitRouter = router
        let isNext = hops.first { $0.ttl == reach + 1 }?.addresses.isEmpty == true
        // One that is silent when the TTL ends stands behind those that large packets reach.
        mtu.limitTTL = hops.first { $0.addresses.contains(router) }?.ttl ?? (isNext ? reach + 1 : nil)
        if let told = report?.told, told > 0, told != passes { mtu.toldBytes = told }
        return mtu
    }
}
