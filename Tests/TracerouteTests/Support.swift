import Model
import Traceroute
import Wire

/// `text` as an address; the unspecified one where it is none, which fails the test that uses it.
func ip(_ text: String) -> IPAddress {
    IPAddress(text) ?? .v4(IPv4Address(rawValue: 0))
}

/// A network as a function: who answers a probe, after which time, and how.
struct SimulatedNetwork: Sendable {
    struct Reply: Sendable {
        var from: String
        var kind: TraceAnswer.Kind
        var after: Duration = .milliseconds(1)
        var replyTTL: UInt8?
    }

    var reply: @Sendable (_ ttl: Int, _ round: Int) -> Reply?

    /// Routers 10.0.TTL.1 and behind them the target 192.0.2.1 at `distance`; what `lose` names is not answered.
    static func line(
        distance: Int,
        delay: Duration = .milliseconds(1),
        lose: @escaping @Sendable (_ ttl: Int, _ round: Int) -> Bool = { _, _ in false }
    ) -> Self {
        Self { ttl, round in
            guard !lose(ttl, round) else { return nil }
            return ttl < distance
                ? Reply(from: "10.0.\(ttl).1", kind: .ttlExceeded, after: delay)
                : Reply(from: "192.0.2.1", kind: .reply(.echo), after: delay)
        }
    }
}

/// Runs a trace in simulated time.
struct Simulation {
    struct Departure {
        var number: Int
        var ttl: Int
        var round: Int
        var at: MonotonicTime
    }

    static let start = MonotonicTime(nanoseconds: 5_000_000_000)

    var state: TraceState
    var departures: [Departure] = []
    var end = Simulation.start

    /// - Parameters:
    ///   - cancelAt: time after the start.
    ///   - isNameless: the target's answers do not say to which probe.
    init(_ plan: TracePlan, _ network: SimulatedNetwork, cancelAt: Duration? = nil, isNameless: Bool = false) {
        state = TraceState(plan, start: Self.start)
        var now = Self.start
        var queue: [(number: Int, at: MonotonicTime, answer: TraceAnswer)] = []
        // Ten minutes are more than any plan here takes.
        while now < Self.start + .seconds(600) {
            while let next = queue.first, next.at <= now {
                if isNameless, next.answer.kind.isReply {
                    state.receiveNameless(next.answer)
                } else {
                    state.receive(next.answer, for: next.number)
                }
                queue.removeFirst()
            }
            if let cancelAt, now >= Self.start + cancelAt { state.cancel() }
            switch state.next(at: now) {
            case .finished:
                end = now
                return
            case .send(let number, let ttl):
                let round = state.probes[number].round
                departures.append(Departure(number: number, ttl: ttl, round: round, at: now))
                guard let reply = network.reply(ttl, round) else { continue }
                let arrival = now + reply.after
                let answer = TraceAnswer(
                    kind: reply.kind,
                    responder: ip(reply.from),
                    replyTTL: reply.replyTTL,
                    receivedAt: arrival
                )
                queue.append((number, arrival, answer))
                queue.sort { $0.at < $1.at }
            case .wait(let until):
                let cancellation = cancelAt.map { Self.start + $0 }
                now = ([until, queue.first?.at, cancellation].compactMap { $0 }.filter { $0 > now }).min() ?? until
            }
        }
    }

    var duration: Duration { end - Self.start }

    func departures(ofRound round: Int) -> [Departure] { departures.filter { $0.round == round } }
}

/// Hops as a test writes them: one responder each, nil for a silent one.
func hops(_ addresses: String?...) -> [TraceHop] {
    addresses.enumerated().map { index, address in
        TraceHop(
            ttl: index + 1,
            responders: address.map { [TraceHop.Responder(address: ip($0), answers: 1)] } ?? [],
            answer: address == nil ? nil : .ttlExceeded,
            statistics: HopStatistics(sent: 1, roundTrips: address == nil ? [] : [.milliseconds(1)])
        )
    }
}

/// The configuration that the naming tests share.
enum Example {
    static let primary = PathID(circuit: "kr-er-01", connection: .primary)
    static let secondary = PathID(circuit: "kr-er-01", connection: .secondary)
    static let vpn = PathID(rawValue: "kr-vpn")

    static let paths = [
        PathSpec(
            id: primary,
            kind: .expressroute,
            circuit: "kr-er-01",
            connection: .primary,
            peering: .private,
            subnet: Subnet("172.16.0.0/30"),
            pin: Pin(source: IPAddress("10.9.0.11"))
        ),
        PathSpec(
            id: secondary,
            kind: .expressroute,
            circuit: "kr-er-01",
            connection: .secondary,
            peering: .private,
            subnet: Subnet("172.16.0.4/30"),
            pin: Pin(source: IPAddress("10.9.0.12"))
        ),
        PathSpec(
            id: vpn,
            kind: .vpn,
            peering: .private,
            gateways: ["20.41.0.10"],
            pin: Pin(interface: "ipsec0"),
            edge: [ProbeSpec(target: Target(scheme: .icmp, host: "10.1.255.30"))]
        ),
    ]

    static let links = [
        LinkSpec(
            name: "seoul-koreacentral",
            peering: .private,
            tiers: [[primary, secondary], [vpn]],
            through: [ProbeSpec(target: Target(scheme: .icmp, host: "10.1.0.4"))],
            workloads: [ProbeSpec(target: Target(scheme: .tcp, host: "app.contoso.com", port: 443))]
        )
    ]

    static func route(
        _ interface: String = "eth0",
        gateway: String? = "10.0.0.1",
        source: String? = "10.0.0.10",
        neighbour: NeighbourState = .reachable
    ) -> RouteObservation {
        RouteObservation(
            verdict: .route(interface: interface, gateway: gateway.map { ip($0) }, source: source.map { ip($0) }),
            neighbour: neighbour,
            mtu: 1500
        )
    }
}

/// Of 10.1.0.4 three hops away, behind the Microsoft edge of the primary connection.
func judgeAfterThreeHops(
    sent: Int,
    received: Int,
    paths: [PathSpec] = [],
    localRefusal: Reason? = nil
) -> TraceJudge {
    TraceJudge(
        target: ip("10.1.0.4"),
        hops: hops("10.0.0.1", "172.16.0.2", "10.1.0.4"),
        statistics: HopStatistics(sent: sent, roundTrips: Array(repeating: .milliseconds(1), count: received)),
        distance: 3,
        paths: paths,
        localRefusal: localRefusal
    )
}
