internal import Glibc
internal import Model

/// How likely it is that some flows lose so much more than others, though all lose alike.
///
/// Fisher's exact test, one-sided: of all losses so many or more fall to the first by chance. It holds for packets that are lost
/// one by one. An outage that all share meets whichever flows just send; so losses that follow on each other with nothing
/// answered between them are judged as one besides, and where they are of both kinds as none.
struct LossComparison: Hashable, Sendable {
    /// Of packets that are lost one by one.
    private(set) var chance = 1.0
    /// Of runs of losses.
    private(set) var chanceOfRuns = 1.0

    private struct Packet {
        var sentAt: MonotonicTime
        var isOwn: Bool
        var isAnswered: Bool
    }

    /// - Parameters:
    ///   - ttls: hops that count beside the target.
    ///   - isChosen: the first round does not count.
    init(_ flows: [TraceState], _ others: [TraceState], at ttls: [Int] = [], isChosen: Bool) {
        func packets(_ flows: [TraceState], isOwn: Bool) -> [Packet] {
            flows.flatMap { flow in
                flow.targetProbes + flow.probes.filter { ttls.contains($0.ttl) && $0.wasSent }
            }.filter { !isChosen || $0.round > 0 }
                .map { Packet(sentAt: $0.sentAt, isOwn: isOwn, isAnswered: $0.answer != nil) }
        }
        let sent = (packets(flows, isOwn: true) + packets(others, isOwn: false)).sorted { $0.sentAt < $1.sentAt }
        chance = Self.chance(sent)
        chanceOfRuns = Self.chance(Self.runsAsOne(sent))
    }

    private static func runsAsOne(_ sent: [Packet]) -> [Packet] {
        var kept: [Packet] = []
        var run: [Packet] = []
        func one() -> [Packet] { Set(run.map(\.isOwn)).count == 1 ? Array(run.prefix(1)) : [] }
        for packet in sent {
            if packet.isAnswered {
                kept += one() + [packet]
                run = []
            } else {
                run.append(packet)
            }
        }
        return kept + one()
    }

    private static func chance(_ sent: [Packet]) -> Double {
        let own = sent.count(where: \.isOwn)
        let lost = sent.count { !$0.isAnswered }
        let ownLost = sent.count { $0.isOwn && !$0.isAnswered }
        return tail(of: ownLost, own: own, rest: sent.count - own, lost: lost)
    }

    /// - Returns: the probability that of `lost` packets, drawn from `own` and `rest`, at least `ownLost` are of the first.
    static func tail(of ownLost: Int, own: Int, rest: Int, lost: Int) -> Double {
        guard ownLost > 0, own > 0, rest > 0 else { return 1 }
        func ways(_ chosen: Int, of all: Int) -> Double {
            logarithm(all) - logarithm(chosen) - logarithm(all - chosen)
        }
        let (least, most) = (max(ownLost, lost - rest), min(own, lost))
        guard least <= most else { return 0 }
        let all = ways(lost, of: own + rest)
        // From the likeliest number on in both directions, as far as it changes the sum: a live view that has run for days
        // compares millions each round.
        let likeliest = min(max((own + 1) * (lost + 1) / (own + rest + 2), least), most)
        var sum = 0.0
        let downwards = stride(from: likeliest, through: least, by: -1)
        let upwards = stride(from: likeliest + 1, through: most, by: 1)
        for direction in [downwards, upwards] {
            for number in direction {
                let term = exp(ways(number, of: own) + ways(lost - number, of: rest) - all)
                sum += term
                if term <= sum * 1e-18 { break }
            }
        }
        return sum
    }

    /// Of the factorial.
    private static func logarithm(_ number: Int) -> Double {
        // `lgamma` itself writes to a variable of the whole process.
        var sign: Int32 = 0
        return lgamma_r(Double(number) + 1, &sign)
    }
}
