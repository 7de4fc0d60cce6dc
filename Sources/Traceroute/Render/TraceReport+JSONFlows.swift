internal import Model
internal import Wire

extension TraceReport {
    /// One object a flow, and what is known of all of them.
    var multipathJSON: JSONValue {
        [
            "complete": isComplete.map { .bool($0) } ?? .null,
            "per_packet": .array(perPacketHops.map { .integer(Int64($0)) }),
            "paths": .optional(pathCount.map(Int64.init)),
            "lost": .integer(Int64(flows.lost.count)),
            "flows": .array(flows.map { $0.json(loss: lossRatio($0.statistics)) }),
        ]
    }

    var mtuJSON: JSONValue {
        guard let mtu else { return .null }
        return [
            "bytes": .optional(mtu.bytes.map(Int64.init)),
            "flow": .optional(mtu.flow.map(Int64.init)),
            "interface_bytes": .integer(Int64(mtu.interfaceBytes)),
            "behaviour": .optional(mtu.behaviour?.rawValue),
            "direction": .optional(mtu.direction?.rawValue),
            "limit_ttl": .optional(mtu.limitTTL.map(Int64.init)),
            "limit_address": .optional(mtu.limitRouter?.description),
            "vanishing_bytes": .optional(mtu.vanishingBytes.map(Int64.init)),
            "told_bytes": .optional(mtu.toldBytes.map(Int64.init)),
            "probes": .integer(Int64(mtu.probes)),
            "method": .string(mtu.method.rawValue),
        ]
    }

    var segmentSizeJSON: JSONValue {
        guard let size = segmentSize else { return .null }
        return [
            "announced_bytes": .integer(Int64(size.announced)),
            "fitting_bytes": .optional(size.fitting.map(Int64.init)),
            "clamped": .bool(size.isClamped),
            "too_large": .bool(size.isTooLarge),
        ]
    }
}

extension TraceFlow {
    func json(loss: JSONValue) -> JSONValue {
        let members: [(String, JSONValue)] =
            [
                ("flow", .integer(Int64(number))),
                ("source_port", .optional(sourcePort.map(Int64.init))),
                ("measured", .bool(isMeasured)),
                ("path", .optional(path?.rawValue)),
                ("route_hash", .optional(routeHashText)),
                ("reached", .bool(distance != nil)),
                ("hops", .optional(distance.map(Int64.init))),
                ("responders", .array(responders.map { .optional($0?.description) })),
            ] + statistics.members + [("loss_ratio", loss)]
        return .object(members)
    }
}

extension Translation {
    var json: JSONValue {
        [
            "source": .optional(source?.description),
            "destination": .optional(destination?.description),
            "destination_port": .optional(destinationPort.map(Int64.init)),
            "checksum_changed": .bool(checksum != nil),
        ]
    }
}
