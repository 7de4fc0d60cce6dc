internal import Flows
public import Model
internal import Wire

extension CaptureReport {
    /// One document; times are integers in nanoseconds, those of packets since the epoch.
    public var json: JSONValue { .object(members + [("groups", .array(groups.map(\.json)))]) }

    /// Writes the same document in pieces.
    public func writeJSON(to sink: (String) -> Void) {
        JSONValue.write(members, then: "groups", groups.lazy.map(\.json), pretty: true, to: sink)
        sink("\n")
    }

    private var members: [(String, JSONValue)] {
        let isEmpty = totals.firstTime > totals.lastTime
        return [
            ("sources", .array(sources.map(JSONValue.string))),
            ("filter", .optional(filter)),
            ("link_types", .array(linkTypes.map(JSONValue.string))),
            ("clock", .string(clock)),
            ("packets", number(totals.packets)),
            ("bytes", number(totals.bytes)),
            ("packets_read", number(frames)),
            ("packets_dropped", number(dropped)),
            ("first_time_ns", isEmpty ? .null : .integer(totals.firstTime)),
            ("last_time_ns", isEmpty ? .null : .integer(totals.lastTime)),
            ("packets_without_time", number(totals.untimed)),
            ("complete", .bool(failures.isEmpty && !isCancelled)),
            ("errors", .array(failures.map { .string($0.description) })),
            ("packets_by_kind", .object(PacketVerdict.allCases.map { ($0.name, number(totals[$0])) })),
            (
                "malformed",
                .object(PacketFault.allCases.map { ($0.name, number(totals.faults[Int($0.rawValue)])) })
            ),
            ("flows", .integer(Int64(flowCount))),
            ("flows_evicted", number(totals.evictedFlows)),
            ("stamps_skipped", number(totals.skippedStamps)),
            ("negative_round_trips", number(totals.negativeRoundTrips)),
            ("tcp", .object(counters.members)),
            ("round_trips", .object(methods.map { ($0.method.name, $0.histogram.json) })),
            ("by", .string(grouping.rawValue)),
        ]
    }
}

private func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }

extension FlowCounters {
    /// Names and values, the same in every output.
    var named: [(name: String, value: UInt32)] {
        [
            ("retransmissions", retransmissions), ("fast_retransmissions", fastRetransmissions),
            ("spurious_retransmissions", spuriousRetransmissions), ("out_of_order", outOfOrder),
            ("duplicate_acks", duplicateAcknowledgements), ("zero_windows", zeroWindows),
            ("keep_alives", keepAlives), ("missing_segments", missing), ("resets", resets),
            ("mirrored_packets", mirrored), ("repeated_requests", repeated), ("lost_packets", lost),
            ("late_packets", late),
        ]
    }

    fileprivate var members: [(String, JSONValue)] { named.map { ($0.name, .integer(Int64($0.value))) } }
}

extension RoundTripHistogram {
    fileprivate var json: JSONValue {
        .object(
            [("count", number(statistics.count))]
                + (statistics.count == 0
                    ? []
                    : [
                        ("min_ns", .integer(statistics.minimum)), ("mean_ns", .integer(statistics.mean)),
                        ("p50_ns", .integer(quantile(0.5))), ("p90_ns", .integer(quantile(0.9))),
                        ("p99_ns", .integer(quantile(0.99))), ("max_ns", .integer(statistics.maximum)),
                    ])
        )
    }
}

extension RoundTrips {
    fileprivate var json: JSONValue {
        guard statistics.count > 0 else { return .null }
        return .object([
            ("count", number(statistics.count)), ("min_ns", .integer(statistics.minimum)),
            ("mean_ns", .integer(statistics.mean)), ("p50_ns", .integer(quantile(0.5))),
            ("p99_ns", .integer(quantile(0.99))), ("max_ns", .integer(statistics.maximum)),
        ])
    }
}

extension FlowDirection {
    fileprivate var json: JSONValue {
        .object(
            [
                ("packets", number(packets)), ("bytes", number(bytes)), ("payload_bytes", number(payloadBytes)),
                ("handshake", handshake.json), ("whole_handshake", wholeHandshake.json),
                ("ack", acknowledged.json), ("timestamp", echoed.json),
            ] + counters.members
                + [
                    (
                        "session",
                        control.messages == 0
                            ? .null
                            : .object([
                                ("messages", .integer(Int64(control.messages))),
                                ("alarms", .integer(Int64(control.alarms))),
                                ("state", .integer(Int64(control.state))),
                                ("longest_gap_ns", .integer(control.longestGap)),
                            ])
                    )
                ]
        )
    }
}

extension FlowGroup {
    fileprivate var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("protocol", .optional(protocolName)), ("client", .optional(client?.description)),
            ("server", .string(server.description)), ("flows", number(flows)), ("connections", number(connections)),
            ("first_time_ns", .integer(firstTime)), ("last_time_ns", .integer(lastTime)),
            ("to_server", toServer.json), ("to_client", toClient.json),
        ]
        if let securityParameters { members.insert(("spi", .integer(Int64(securityParameters))), at: 3) }
        return .object(members)
    }
}

extension PacketVerdict {
    var name: String {
        switch self {
        case .tcp: "tcp"
        case .udp: "udp"
        case .icmp: "icmp"
        case .icmpv6: "icmpv6"
        case .esp: "esp"
        case .otherIP: "other_ip"
        case .fragment: "later_fragments"
        case .arp: "arp"
        case .notIP: "not_ip"
        case .cutShort: "cut_short"
        case .malformed: "malformed"
        case .unknownLink: "unknown_link"
        }
    }
}
