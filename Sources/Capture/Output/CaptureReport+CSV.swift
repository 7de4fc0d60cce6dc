internal import Flows

extension CaptureReport {
    /// Header and two lines per group, one for each direction (RFC 4180, but lines end with LF).
    public var csv: String {
        var text = ""
        writeCSV { text += $0 }
        return text
    }

    /// Writes the same in pieces.
    public func writeCSV(to sink: (String) -> Void) {
        var text = "protocol,client,server,flows,connections,direction,packets,bytes,payload_bytes"
        for method in ["handshake", "ack", "timestamp"] {
            for value in ["count", "min", "mean", "p50", "p99", "max"] {
                text += ",\(method)_\(value)" + (value == "count" ? "" : "_ns")
            }
        }
        text += "," + FlowCounters().named.map(\.name).joined(separator: ",") + ",session\n"
        for group in groups {
            let ends = [group.protocolName ?? "", group.client?.description ?? "", group.server.description]
            let start = (ends + [String(group.flows), String(group.connections)]).joined(separator: ",")
            for (name, direction) in [("to_server", group.toServer), ("to_client", group.toClient)] {
                text += "\(start),\(name),\(direction.fields.joined(separator: ","))\n"
            }
            if text.utf8.count > 1 << 16 {
                sink(text)
                text = ""
            }
        }
        sink(text)
    }
}

extension FlowDirection {
    fileprivate var fields: [String] {
        [String(packets), String(bytes), String(payloadBytes)] + handshake.fields + acknowledged.fields
            + echoed.fields + counters.named.map { String($0.value) } + [sessionField]
    }
}

extension RoundTrips {
    fileprivate var fields: [String] {
        guard statistics.count > 0 else { return ["0", "", "", "", "", ""] }
        return [
            String(statistics.count), String(statistics.minimum), String(statistics.mean), String(quantile(0.5)),
            String(quantile(0.99)), String(statistics.maximum),
        ]
    }
}
