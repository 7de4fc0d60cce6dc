public import Model
internal import Wire

extension TraceReport {
    /// One JSON document; its form is docs/path.schema.json. Durations are integers in nanoseconds.
    public var json: JSONValue {
        [
            "schema": 1,
            "target": .string(target),
            "address": .string(address.description),
            "protocol": .string(`protocol`.rawValue),
            "port": .optional(port.map(Int64.init)),
            "strategy": .optional(strategy?.rawValue),
            "in_session": .bool(isInSession),
            "source": .optional(source?.description),
            "interface": .optional(interface),
            "started_ns": .integer(startedAt.nanoseconds),
            "duration_ns": .integer(duration.nanoseconds),
            "rounds": .integer(Int64(rounds)),
            "interval_ns": .integer(interval.nanoseconds),
            "socket": .string(access.rawValue),
            "clock": .optional(clock?.rawValue),
            "cancelled": .bool(isCancelled),
            "status": .string(verdict.status.rawValue),
            "verdict": verdict.json,
            "path": identity.json,
            "route": route.map(Self.json) ?? .null,
            "route_hash": .string(routeHashText),
            "result": resultJSON,
            "hops": .array(hops.map(\.json)),
            "multipath": multipathJSON,
            "mtu": mtuJSON,
            "mss": segmentSizeJSON,
            "blind_to": .array(blindness.map { .string($0) }),
            "duplicates": .integer(Int64(duplicates)),
            "strays": .integer(Int64(strays)),
        ]
    }

    private var resultJSON: JSONValue {
        var members: [(String, JSONValue)] = [
            ("reached", .bool(distance != nil)),
            ("answer", .optional(reply?.rawValue)),
            ("hops", .optional(distance.map(Int64.init))),
            ("distance_changes", .integer(Int64(distanceChanges))),
            ("undecided", .integer(Int64(undecided))),
            ("refused", .integer(Int64(refused))),
        ]
        members += statistics.members
        members.append(("longest_outage_ns", .integer(longestOutage.nanoseconds)))
        members.append(("loss_ratio", lossRatio(statistics)))
        return .object(members)
    }

    /// Null where nothing was sent or the target limits its answers.
    func lossRatio(_ statistics: HopStatistics) -> JSONValue {
        statistics.sent == 0 || !isLossKnown ? .null : .number(statistics.loss)
    }

    private static func json(_ route: RouteObservation) -> JSONValue {
        var members: [(String, JSONValue)] = []
        switch route.verdict {
        case .route(let interface, let gateway, let source):
            members = [
                ("interface", .string(interface)), ("gateway", .optional(gateway?.description)),
                ("source", .optional(source?.description)), ("reason", .null),
            ]
        case .none(let reason):
            members = [
                ("interface", .null), ("gateway", .null), ("source", .null), ("reason", .string(reason.rawValue)),
            ]
        }
        members.append(("neighbour", .string(route.neighbour.rawValue)))
        members.append(("mtu", route.mtu == 0 ? .null : .integer(Int64(route.mtu))))
        return .object(members)
    }
}

extension TraceVerdict {
    var json: JSONValue {
        [
            "layer": .optional(layer?.rawValue),
            "owner": .optional(owner?.rawValue),
            "sentence": .string(sentence),
            "evidence": .array(evidence.map { .string($0) }),
        ]
    }
}

extension PathIdentity {
    var json: JSONValue {
        let matches = links.map { match -> JSONValue in
            [
                "link": .string(match.link),
                "role": .string(match.role.rawValue),
                "tier": .optional(match.tier.map(Int64.init)),
            ]
        }
        return [
            "name": .optional(path?.rawValue),
            "kind": .optional(kind?.rawValue),
            "candidates": .array(candidates.map { .string($0.rawValue) }),
            "spread": .bool(isSpread),
            "contradictory": .bool(isContradictory),
            "evidence": .array(evidence.map { .string($0) }),
            "links": .array(matches),
        ]
    }
}

extension HopStatistics {
    /// Null where there are too few answers.
    var members: [(String, JSONValue)] {
        [
            ("sent", .integer(Int64(sent))), ("received", .integer(Int64(received))),
            ("last_ns", .optional(last?.nanoseconds)), ("best_ns", .optional(best?.nanoseconds)),
            ("avg_ns", .optional(average?.nanoseconds)), ("worst_ns", .optional(worst?.nanoseconds)),
            ("stddev_ns", .optional(deviation?.nanoseconds)), ("jitter_ns", .optional(jitter?.nanoseconds)),
            ("interarrival_jitter_ns", .optional(interarrivalJitter?.nanoseconds)),
            ("p50_ns", .optional(median?.nanoseconds)), ("p90_ns", .optional(percentile90?.nanoseconds)),
            ("p99_ns", .optional(percentile99?.nanoseconds)),
        ]
    }
}

extension TraceHop {
    var json: JSONValue {
        let answers = responders.map { responder -> JSONValue in
            [
                "address": .string(responder.address.description),
                "name": .optional(responder.name),
                "asn": .optional(responder.system.map { Int64($0.number) }),
                "as_name": .optional(responder.system?.name),
                "answers": .integer(Int64(responder.answers)),
            ]
        }
        let stack = labels.map { label -> JSONValue in
            [
                "label": .integer(Int64(label.label)),
                "traffic_class": .integer(Int64(label.trafficClass)),
                "bottom": .bool(label.isBottom),
                "ttl": .integer(Int64(label.ttl)),
            ]
        }
        let members: [(String, JSONValue)] =
            [
                ("ttl", .integer(Int64(ttl))), ("answer", .string(answerWord)),
                ("responders", .array(answers)),
            ] + statistics.members + [
                ("reply_ttl", .optional(replyTTL.map(Int64.init))),
                ("quoted_ttl", .optional(quotedTTL.map(Int64.init))),
                ("rate_limited", .bool(isRateLimited)),
                ("return_hops", .optional(returnHops.map(Int64.init))),
                ("asymmetric", .bool(isAsymmetric)),
                ("nat", translation?.json ?? .null),
                ("mpls", .array(stack)),
                ("mpls_further", .integer(Int64(furtherLabels))),
            ]
        return .object(members)
    }

    /// `echo_reply`, `ttl_exceeded`, a reason of unreachability, `no_reply`.
    var answerWord: String {
        switch answer {
        case .reply(let reply): reply.rawValue
        case .ttlExceeded: "ttl_exceeded"
        case .unreachable(let kind): kind.word
        case nil: "no_reply"
        }
    }
}
