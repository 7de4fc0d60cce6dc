internal import Model
internal import Wire

extension TraceJudge {
    /// Some flows die while others pass: one of the parallel links is black. Nil when all share one fate.
    var partialFailure: TraceVerdict? {
        // Of a target that limits its answers the silence of a flow proves nothing, but that of all behind a hop does.
        let dead = flows.lost.filter { $0.isCutOff || !isTargetLimited }
        let alive = flows.filter { $0.statistics.received > 0 }
        guard !dead.isEmpty, !alive.isEmpty, dead.reduce(0, { $0 + $1.statistics.sent }) > flowDrops ?? drops
        else { return nil }
        let number = "\(dead.count) of \(dead.count + alive.count) flows to \(target) are lost"
        let sentence: String
        let end = lastAnswer(of: dead)
        let kind = refusal(of: dead, end)
        // Who refuses them has got them.
        let isBehind = kind == nil && (end.map { isBehindParting($0, dead, alive) } ?? false)
        if isBehind {
            sentence =
                "\(number) behind the hop that parts them from the others, or on their way back."
        } else if let circuit = halfCircuit(dead: dead, alive: alive), !isBeforeCircuit(circuit, end, alive) {
            let passing = Set(alive.compactMap(\.path)).sorted().map(\.rawValue)
            let way = passing.isEmpty ? "" : ", and those that pass take \(passing.joined(separator: " and "))"
            sentence = "one of two ExpressRoute links fails: \(number)\(way) (circuit \(circuit))."
        } else {
            sentence = "one of the parallel links fails: \(number), the others pass."
        }
        var evidence = ["flows that are lost: " + dead.map { "\($0.number)" }.joined(separator: ", ")]
        if let end {
            let place = "hop \(end.ttl) (\(end.address))"
            evidence.append(kind.map { "\(place) answers that \(target) is \($0.text)" } ?? "they end behind \(place)")
            evidence += self.place(of: Self.hop(end))
        } else {
            evidence.append("no hop answers them")
        }
        if kind == nil { evidence.append(Self.wayBack) }
        return TraceVerdict(
            status: .degraded,
            layer: isBehind ? nil : layer(ofEnd: end, kind),
            sentence: sentence,
            evidence: evidence
        )
    }

    /// The last hop that answers the dead flows lies behind the one that tells them from the living: what parts them there lets
    /// all pass.
    private func isBehindParting(
        _ end: (ttl: Int, address: IPAddress),
        _ dead: [TraceFlow],
        _ alive: [TraceFlow]
    ) -> Bool {
        func met(_ flows: [TraceFlow], _ ttl: Int) -> Set<IPAddress> {
            Set(flows.compactMap { $0.responder(at: ttl - 1) })
        }
        return (1..<end.ttl).contains { ttl in
            let (left, right) = (met(dead, ttl), met(alive, ttl))
            return !left.isEmpty && !right.isEmpty && left.isDisjoint(with: right)
        }
    }

    /// Somebody else resets some flows to a port that is open. Nil where nobody does: of the target itself a reset may follow from
    /// a connection that it still held.
    var partialReset: TraceVerdict? {
        guard isTCP, let port else { return nil }
        let accepted = flows.filter { $0.reply == .synAck || $0.reply == .acknowledgement }
        let places = Set(accepted.compactMap(\.distance))
        guard let end = places.min() else { return nil }
        let reset = flows.filter { flow in flow.reply == .reset && flow.distance.map { $0 < end } ?? false }
        guard let nearest = reset.compactMap(\.distance).min() else { return nil }
        let ways = Set(reset.compactMap(\.path)).sorted().map(\.rawValue).joined(separator: " and ")
        let numbers = reset.map { "\($0.number)" }.joined(separator: ", ")
        return TraceVerdict(
            status: .degraded,
            sentence:
                "port \(port) of \(target) is open for \(accepted.count) of \(accepted.count + reset.count) flows, the others are reset "
                + "(RST) before they reach it.",
            evidence: [
                "flows that are reset: \(numbers)" + (ways.isEmpty ? "" : ", over \(ways)"),
                "their resets come from hop \(nearest), the others are accepted at hop "
                    + places.sorted().map { "\($0)" }.joined(separator: " or "),
            ]
        )
    }

    /// Flows are told apart on their way there, and what is lost may be their answers.
    private static let wayBack =
        "seen from here it may be the way back of these flows as well, which may cross another link"

    /// One of the parallel links loses a part of its packets; nil where that is not proven.
    var partialLoss: TraceVerdict? {
        guard let link = lossyLink else { return nil }
        let members = link.members.filter(flows.indices.contains).map { flows[$0] }
        let others = link.others.filter(flows.indices.contains).map { flows[$0] }
        let (own, rest) = (link.own, link.rest)
        // Whatever the others, which are more, make of the mean.
        guard own.sent > 0, rest.sent > 0, Double(own.lost) > Double(own.sent) * degradedLoss else { return nil }
        let share = Self.percent(Double(own.lost) / Double(own.sent))
        let loss = "loses \(share) (\(own.lost) of \(own.sent) probes)"
        let sentence: String
        if let circuit = halfCircuit(dead: members, alive: others),
            Set(members.compactMap(\.path)).isDisjoint(with: others.compactMap(\.path))
        {
            func names(_ flows: [TraceFlow]) -> String {
                Set(flows.compactMap(\.path)).sorted().map(\.rawValue).joined(separator: " and ")
            }
            let (name, other) = (names(members), names(others))
            let which = name.isEmpty ? "" : "\(name) "
            let beside = other.isEmpty ? "the other" : other
            sentence =
                "one of two ExpressRoute links loses packets to \(target): \(which)\(loss), \(beside) \(rest.lost) of \(rest.sent) "
                + "(circuit \(circuit))."
        } else {
            sentence =
                "one of the parallel links to \(target) \(loss), the others \(rest.lost) of \(rest.sent)."
        }
        let router = TraceHop(ttl: link.ttl, responders: [.init(address: link.router, answers: 1)])
        let numbers = members.map { "\($0.number)" }.joined(separator: ", ")
        return TraceVerdict(
            status: .degraded,
            sentence: sentence,
            evidence: ["it is that of hop \(link.ttl) (\(link.router)); flows over it: \(numbers)"] + place(of: router)
                + [Self.wayBack]
        )
    }

    /// The circuit with two connections of which the living flows show one at most; nil where none is concerned.
    private func halfCircuit(dead: [TraceFlow], alive: [TraceFlow]) -> String? {
        let shown = Set((dead + alive).compactMap(\.path))
        let living = Set(alive.compactMap(\.path))
        for circuit in Set(paths.compactMap(\.circuit)).sorted() {
            let connections = Set(paths.filter { $0.circuit == circuit }.map(\.id))
            if connections.count == 2, !shown.isDisjoint(with: connections), !connections.isSubset(of: living) {
                return circuit
            }
        }
        return nil
    }

    /// The living flows meet somebody who is not of the circuit behind the place where the others end: what fails lies before it.
    private func isBeforeCircuit(_ circuit: String, _ end: (ttl: Int, address: IPAddress)?, _ alive: [TraceFlow])
        -> Bool
    {
        let own = paths.filter { $0.circuit == circuit }.compactMap(\.subnet)
        if let end, own.contains(where: { $0.contains(end.address) }) { return false }
        let next = alive.compactMap { $0.responder(at: end?.ttl ?? 0) }
        return !next.isEmpty
            && next.allSatisfy { address in address != target && !own.contains { $0.contains(address) } }
    }

    private func lastAnswer(of dead: [TraceFlow]) -> (ttl: Int, address: IPAddress)? {
        var last: (ttl: Int, address: IPAddress)?
        for flow in dead {
            for (index, address) in flow.responders.enumerated() {
                if let address, index + 1 >= (last?.ttl ?? 0) { last = (index + 1, address) }
            }
        }
        return last
    }

    /// What all of them are refused with where they end; nil where one is not, or with something else.
    private func refusal(of dead: [TraceFlow], _ end: (ttl: Int, address: IPAddress)?) -> ICMPErrorKind? {
        guard let end, let kind = dead.first?.refusal else { return nil }
        return dead.allSatisfy { $0.refusal == kind && $0.responders.contains(end.address) } ? kind : nil
    }

    private static func hop(_ end: (ttl: Int, address: IPAddress)) -> TraceHop {
        TraceHop(ttl: end.ttl, responders: [.init(address: end.address, answers: 1)], answer: .ttlExceeded)
    }

    private func layer(ofEnd end: (ttl: Int, address: IPAddress)?, _ kind: ICMPErrorKind?) -> Layer? {
        guard let end else { return nil }
        // Who forbids it does so himself.
        return kind == .adminProhibited ? layer(of: Self.hop(end)) : layer(after: Self.hop(end))
    }

    /// Large packets vanish without a word. Nil when they do not.
    var blackHole: TraceVerdict? {
        guard let mtu, mtu.behaviour == .blackHole, let bytes = mtu.bytes else { return nil }
        let which = mtu.vanishingBytes.map { "of \($0) bytes" } ?? "over \(bytes) bytes"
        if mtu.direction == .back {
            return TraceVerdict(
                status: .degraded,
                sentence:
                    "\(target) is reached, but its answers \(which) vanish on the way back without a word: connections will hang.",
                evidence: ["larger packets reach it: it answers them where its answer is small (UDP to a closed port)"]
            )
        }
        var evidence: [String] = []
        // Their way may be another one than that of the hops.
        let hop = mtu.limitTTL.flatMap { ttl in
            mtu.limitRouter.map { Self.hop((ttl, $0)) } ?? hops.first { $0.ttl == ttl }
        }
        if let ttl = mtu.limitTTL {
            let router = mtu.limitRouter.map { " (\($0))" } ?? ""
            evidence.append("larger ones reach hop \(ttl)\(router) and nobody behind it answers them")
            evidence += hop.map { place(of: $0) } ?? []
        }
        if mtu.vanishingBytes != nil {
            evidence.append("larger ones than \(bytes) bytes do not fit either, and a router says so of some")
        }
        if mtu.direction == nil {
            evidence.append(
                "they may vanish on the way there or, as answers of their size, on the way back"
            )
        }
        return TraceVerdict(
            status: .degraded,
            layer: mtu.direction == nil ? nil : layer(after: hop),
            sentence:
                "\(target) is reached, but packets \(which) vanish without a word: \(effect).",
            evidence: evidence
        )
    }

    /// What a hole does to connections: those whose segments fit do not meet it.
    private var effect: String {
        guard let segmentSize, segmentSize.fitting != nil, !segmentSize.isTooLarge else {
            return "connections will hang"
        }
        return
            "TCP keeps below, for the target announces an MSS of \(segmentSize.announced), and other packets are lost"
    }

    /// Of a way that moved while it was traced.
    var moved: [String] {
        for hop in hops {
            guard let former = hop.responders.first(where: \.isFormer), let present = hop.responders.first,
                !present.isFormer
            else { continue }
            return [
                "the way moved while it was traced: hop \(hop.ttl) was \(former.address), and is \(present.address)"
            ]
        }
        return []
    }

    /// Of a target that answers from an address which is not the one that was asked: ordinary connections to it fail.
    var foreignAnswer: [String] {
        guard let distance, let hop = hops.first(where: { $0.ttl == distance }), !hop.responders.isEmpty,
            !hop.responders.contains(where: { $0.address == target }), hop.answer?.isReply == true
        else { return [] }
        let addresses = hop.responders.map { "\($0.address)" }.joined(separator: ", ")
        return ["its answers come from \(addresses), not from the address that was asked"]
    }

    /// Of routers that answer in the target's name, as those behind a translator of destinations seem to.
    var translated: [String] {
        let own = hops.filter { hop in
            hop.responders.contains { $0.address == target && $0.isRouter }
        }
        guard let first = own.first, let last = own.last else { return [] }
        let which = first.ttl == last.ttl ? "hop \(first.ttl) answers" : "hops \(first.ttl) to \(last.ttl) answer"
        return [
            "\(which) that the TTL is exceeded, in the name of \(target): address translation (DNAT) at hop \(first.ttl) or before "
                + "hides who they are"
        ]
    }

    /// What the target's own answer says of its port; empty for ICMP.
    var portSentence: String {
        guard let port else { return "" }
        return switch reply {
        case .synAck: " Its port \(port) is open."
        case .reset: " Its port \(port) is closed: it answers with RST."
        case .acknowledgement: " Its port \(port) accepts connections."
        case .portUnreachable where isTCP:
            " Its port \(port) is refused with ICMP (port unreachable), as by a firewall."
        case .portUnreachable, .datagram, .echo, nil: ""
        }
    }
}
