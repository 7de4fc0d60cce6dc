internal import Model
internal import Wire

/// The live view as lines of text, for a terminal of a given size.
public struct WatchScreen: Sendable {
    public var title: String
    public var columns: Int
    public var rows: Int
    public var colour: Bool
    /// The terminal shows ASCII alone.
    public var isPlain: Bool

    public init(title: String, columns: Int, rows: Int, colour: Bool, isPlain: Bool = false) {
        self.title = title
        self.columns = columns
        self.rows = rows
        self.colour = colour
        self.isPlain = isPlain
    }

    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let plainBars: [Character] = ["_", ".", "-", "=", "+", "*", "%", "#"]

    /// What the lines are made for; on a terminal that is narrower still they are cut.
    private var width: Int { max(columns, 28) }
    /// A narrow terminal gets the last time alone.
    private var isNarrow: Bool { width < 60 }
    private var nameWidth: Int { isNarrow ? width - 24 : 22 }

    /// At most `rows` lines of at most `columns` characters, colour sequences not counted.
    public func lines(_ history: WatchHistory) -> [String] {
        allLines(history).prefix(max(rows, 1)).map { Self.cut($0, to: columns) }
    }

    /// Colour sequences stay, for the last of them ends the colour.
    private static func cut(_ line: String, to width: Int) -> String {
        var room = max(width, 1)
        var isSequence = false
        return line.filter { character in
            if isSequence || character == "\u{1B}" {
                isSequence = character.unicodeScalars.first != "m"
                return true
            }
            room -= character.columns
            return room >= 0
        }
    }

    private func allLines(_ history: WatchHistory) -> [String] {
        let style = TableStyle(colour: colour)
        let state = history.isPaused ? ", paused" : ""
        let rounds = history.rounds == 1 ? "1 round" : "\(history.rounds) rounds"
        let heading = "\(title), \(rounds)\(state), by \(history.order.rawValue)"
        var lines = [style.bold(TableStyle.fit(heading, width))]
        let titles = isNarrow ? ["last"] : ["last", "avg", "worst"]
        let label = TableStyle.fit("responder, times in ms", nameWidth)
        lines.append(
            style.faint(
                " # " + TraceTable.pad(label, nameWidth) + " silent" + titles.map { TraceTable.lead($0, 8) }.joined()
            )
        )
        let mtu = history.mtu.map { [TableStyle.fit("MTU: \($0.sentence)", width)] } ?? []
        let verdict = history.verdict.map { verdictLines($0, style) } ?? []
        let room = max(max(rows, 8) - 4 - mtu.count - min(verdict.count, 3), 2)
        let flows = flowLines(history, room: room / 2, style)
        let hops = history.sorted.map { line(of: $0) }
        lines += Self.fit(hops, into: room - flows.count, of: "hops") + flows
        lines.append("")
        lines += mtu
        // What is bad is told whole where there is room: first the sentence, then whose it is, then the evidence.
        lines += verdict.prefix(max(rows - lines.count - 1, 1))
        lines.append(style.faint(TableStyle.fit("q quit   p pause   r reset   s sort", width)))
        return lines
    }

    private func verdictLines(_ verdict: TraceVerdict, _ style: TableStyle) -> [String] {
        let status = verdict.status.rawValue
        var lines = TableStyle.wrapped("\(status): \(verdict.text)", indent: 2, width: width)
        lines[0] = style.status(verdict.status) + lines[0].dropFirst(status.count)
        guard verdict.status != .reached else { return lines }
        return lines + verdict.evidence.flatMap { TableStyle.wrapped("  - \($0)", indent: 4, width: width) }
    }

    /// Some of the lines, and how many there are beside them, where there is too little room.
    private static func fit(_ lines: [String], into room: Int, of things: String) -> [String] {
        guard lines.count > room else { return lines }
        return lines.prefix(max(room - 1, 0)) + ["   \(lines.count - room + 1) more \(things)"]
    }

    /// A line for each of several flows; empty where there is one alone.
    private func flowLines(_ history: WatchHistory, room: Int, _ style: TableStyle) -> [String] {
        guard history.flows.count > 1, room > 1 else { return [] }
        let lines = history.flows.map { flow in
            let port = flow.sourcePort.map { "\($0) " } ?? ""
            return line(flow.number, port + flow.way, flow.times, isRateLimited: false)
        }
        return [style.faint(" # flow: port, way")] + Self.fit(lines, into: room - 1, of: "flows")
    }

    private func line(of hop: WatchHistory.Hop) -> String {
        var label = hop.responder.map { address in hop.name.map { "\(address) \($0)" } ?? "\(address)" } ?? "no reply"
        if hop.others > 0 {
            let more = " +\(hop.others)"
            label = TableStyle.fit(label, nameWidth - more.utf8.count) + more
        }
        return line(hop.ttl, label, hop.times, isRateLimited: hop.isRateLimited)
    }

    private func line(_ number: Int, _ label: String, _ times: WatchHistory.Times, isRateLimited: Bool) -> String {
        let loss = isRateLimited ? "limit" : "\(Int((times.silence * 100).rounded()))%"
        let numbers = (isNarrow ? [times.last] : [times.last, times.average, times.worst]).map {
            TraceTable.lead($0.map(TraceTable.milliseconds) ?? "-", 8)
        }
        let start =
            TraceTable.lead("\(number)", 2) + " "
            + TraceTable.pad(TableStyle.fit(label, nameWidth), nameWidth)
            + TraceTable.lead(loss, 7) + numbers.joined() + "  "
        return start + sparkline(times.recent, isRateLimited, width: width - start.columns)
    }

    /// One character a round, the newest at the right; `!` for no answer, `·` (in ASCII `:`) where the hop limits itself, `?` for
    /// an answer without a time, and nothing where nothing was sent.
    private func sparkline(_ rounds: [WatchHistory.Round], _ isRateLimited: Bool, width: Int) -> String {
        let recent = rounds.suffix(max(0, width))
        let known = recent.compactMap { $0.time?.nanoseconds }
        let low = known.min() ?? 0
        let span = max((known.max() ?? 0) - low, 1)
        return String(
            recent.map { round -> Character in
                switch round {
                case .silent: isRateLimited ? (isPlain ? ":" : "·") : "!"
                case .untimed: "?"
                case .unasked: " "
                case .timed(let time):
                    (isPlain ? Self.plainBars : Self.bars)[Int((time.nanoseconds - low) * 7 / span)]
                }
            }
        )
    }
}
