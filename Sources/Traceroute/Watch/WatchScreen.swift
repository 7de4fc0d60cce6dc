internal import Model
internal import Wire

/// The live view as lines of text, for a terminal of a given size.
public struct WatchScreen: Sendable {
    public var title: String
    public var columns: Int
    public var rows: Int
    public var colour: Bool

    public init(title: String, columns: Int, rows: Int, colour: Bool) {
        self.title = title
        self.columns = max(columns, 60)
        self.rows = max(rows, 8)
        self.colour = colour
    }

    private static let nameWidth = 22
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// At most `rows` lines of at most `columns` characters, colour sequences not counted.
    public func lines(_ history: WatchHistory) -> [String] {
        let style = TableStyle(colour: colour)
        let state = history.isPaused ? ", paused" : ""
        let heading = "\(title), \(history.rounds) rounds\(state), by \(history.order.rawValue)"
        var lines = [style.bold(TableStyle.fit(heading, columns))]
        let columnsOfNumbers = ["last", "avg", "worst"].map { TraceTable.lead($0, 8) }.joined()
        lines.append(
            style.faint(" # " + TraceTable.pad("responder, times in ms", Self.nameWidth) + "   loss" + columnsOfNumbers)
        )
        let room = rows - 5
        for hop in history.sorted.prefix(room) { lines.append(line(of: hop)) }
        if history.sorted.count > room { lines[lines.count - 1] = "   \(history.sorted.count - room + 1) more hops" }
        lines.append("")
        if let verdict = history.verdict {
            let text = TableStyle.fit(verdict.sentence, columns - verdict.status.rawValue.utf8.count - 2)
            lines.append("\(style.status(verdict.status)): \(text)")
        }
        lines.append(style.faint("q quit   p pause   r reset   s sort"))
        return lines
    }

    private func line(of hop: WatchHistory.Hop) -> String {
        let label = hop.responder.map { address in hop.name.map { "\(address) \($0)" } ?? "\(address)" } ?? "no reply"
        let loss = hop.isRateLimited ? "limit" : "\(Int((hop.loss * 100).rounded()))%"
        let times = [hop.last, hop.average, hop.worst].map {
            TraceTable.lead($0.map(TraceTable.milliseconds) ?? "-", 8)
        }
        let start =
            TraceTable.lead("\(hop.ttl)", 2) + " "
            + TraceTable.pad(TableStyle.fit(label, Self.nameWidth), Self.nameWidth)
            + TraceTable.lead(loss, 7) + times.joined() + "  "
        return start + sparkline(hop, width: columns - start.utf8.count)
    }

    /// One character a round, the newest at the right; `!` for no answer, `·` where the hop limits itself.
    private func sparkline(_ hop: WatchHistory.Hop, width: Int) -> String {
        let recent = hop.recent.suffix(max(0, width))
        let known = recent.compactMap { $0?.nanoseconds }
        let low = known.min() ?? 0
        let span = max((known.max() ?? 0) - low, 1)
        return String(
            recent.map { time -> Character in
                guard let time else { return hop.isRateLimited ? "·" : "!" }
                return Self.bars[Int((time.nanoseconds - low) * 7 / span)]
            }
        )
    }
}
