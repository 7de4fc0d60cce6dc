internal import Flows
internal import Model
internal import Wire

extension CaptureReport {
    /// For people: at most 80 columns, times in milliseconds. Escape sequences for colour only when asked for.
    public func table(colour: Bool = false) -> String {
        var lines = [Layout.bold(Layout.fit(sources.joined(separator: " "), 80), colour)]
        lines.append(summary)
        lines += remarks.map { Layout.fit($0, 80) }
        let measured = methods.filter { $0.histogram.statistics.count > 0 }
        if !measured.isEmpty {
            lines += ["", Layout.faint(Layout.methodHeader, colour)]
            lines += measured.map { Layout.line(of: $0) }
        }
        if !groups.isEmpty {
            lines += ["", Layout.faint(Layout.groupHeader(grouping), colour)]
            for group in groups { lines += Layout.lines(of: group, colour: colour) }
            if grouping == .flow, groups.count < flowCount {
                lines.append("and \(flowCount - groups.count) more flows (--top 0 shows all)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: String {
        let seconds = Duration.nanoseconds(span).secondsText
        let rest = "\(flowCount) flows, \(seconds) s, \(linkTypes.joined(separator: " "))"
        return Layout.fit("\(totals.packets) packets, \(totals.bytes) bytes, \(rest)", 80)
    }

    /// What the reader must know to trust the numbers.
    private var remarks: [String] {
        var text: [String] = []
        if dropped > 0 { text.append("Dropped by the kernel: \(dropped) packets; loss and latency are not reliable.") }
        if totals.evictedFlows > 0 { text.append("Given up for want of room: \(totals.evictedFlows) flows.") }
        if malformed > 0 { text.append("Malformed: \(malformed) packets.") }
        if totals[.cutShort] > 0 { text.append("Cut by the capture's snapshot length: \(totals[.cutShort]) packets.") }
        if totals[.unknownLink] > 0 { text.append("Of a link type that is not followed: \(totals[.unknownLink]).") }
        if totals.untimed > 0 { text.append("Without a time, and so not followed: \(totals.untimed) packets.") }
        if totals.negativeRoundTrips > 0 { text.append("Time went backwards: \(totals.negativeRoundTrips) samples.") }
        if isCancelled { text.append("Stopped before the end.") }
        return text
    }
}

/// Columns of the table.
private enum Layout {
    static let methodHeader = pad("method", 20) + columns(["samples", "min", "p50", "p90", "p99", "max"])

    static func line(of entry: CaptureReport.Method) -> String {
        let histogram = entry.histogram
        let values = [
            histogram.statistics.minimum, histogram.quantile(0.5), histogram.quantile(0.9), histogram.quantile(0.99),
            histogram.statistics.maximum,
        ]
        return pad(entry.method.name, 20) + columns([String(histogram.statistics.count)] + values.map(milliseconds))
    }

    static func groupHeader(_ grouping: FlowGrouping) -> String {
        pad(grouping.rawValue + ", times in ms", 20) + columns(["packets", "retrans", "first", "min", "p50", "p99"])
    }

    static func lines(of group: FlowGroup, colour: Bool) -> [String] {
        var title = group.protocolName.map { "\($0) " } ?? ""
        title += group.client.map { "\($0) > \(group.server)" } ?? group.server.description
        if let spi = group.securityParameters { title += " spi 0x" + String(spi, radix: 16) }
        var lines = [bold(fit(title, 80), colour)]
        for (name, direction) in [("to server", group.toServer), ("to client", group.toClient)]
        where direction.packets > 0 {
            let trips = direction.usual
            let handshake = direction.handshake.statistics
            var values = [
                String(direction.packets), String(direction.counters.retransmissions),
                handshake.count == 0 ? "-" : milliseconds(handshake.minimum),
            ]
            values +=
                trips.statistics.count == 0
                ? ["-", "-", "-"]
                : [trips.statistics.minimum, trips.quantile(0.5), trips.quantile(0.99)].map(milliseconds)
            let label = group.client == nil ? (name == "to server" ? "to this host" : "from this host") : name
            lines.append(pad("  " + label, 20) + columns(values))
            lines += wrapped(direction.findings(group.protocolName))
        }
        return lines
    }

    /// In lines of at most 80 columns.
    private static func wrapped(_ words: [String]) -> [String] {
        var lines: [String] = []
        for word in words {
            if let last = lines.last, last.utf8.count + 2 + word.utf8.count <= 80 {
                lines[lines.count - 1] = last + ", " + word
            } else {
                lines.append("    " + word)
            }
        }
        return lines
    }

    private static func columns(_ values: [String]) -> String { values.map { lead($0, 10) }.joined() }

    static func milliseconds(_ nanoseconds: Int64) -> String {
        let text = Duration.nanoseconds(nanoseconds).millisecondsText
        // Seconds and more need no microseconds.
        return text.utf8.count <= 9 ? text : String(nanoseconds / 1_000_000)
    }

    static func fit(_ text: String, _ width: Int) -> String {
        text.utf8.count <= width ? text : text.prefix(width - 3) + "..."
    }

    static func bold(_ text: String, _ colour: Bool) -> String { colour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    static func faint(_ text: String, _ colour: Bool) -> String { colour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    private static func lead(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.utf8.count)) + text
    }
}
