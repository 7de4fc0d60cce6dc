internal import Model
internal import Wire

extension TraceReport {
    /// For people: at most 80 columns, times in milliseconds. Escape sequences for colour only when asked for.
    public func table(colour: Bool = false) -> String {
        let style = TableStyle(colour: colour)
        var lines: [String] = [style.bold(TableStyle.fit("\(target)\(addressSuffix), \(settings)", 80))]
        lines.append(style.faint(TraceTable.header))
        for hop in hops { lines += TraceTable.lines(of: hop, isInLoop: hasLoop) }
        if distance == nil { lines.append(hasLoop ? "   and so on in circles" : TraceTable.silence(after: hops)) }
        lines.append("")
        lines += flowLines
        lines += sizeLines
        lines += paragraph("Path", identity.path?.rawValue ?? pathDoubt, identity.evidence)
        lines += paragraph(
            style.status(verdict.status),
            width: verdict.status.rawValue.utf8.count,
            verdict.text,
            verdict.evidence
        )
        lines += remarks
        return lines.joined(separator: "\n") + "\n"
    }

    private var addressSuffix: String { target.contains(address.description) ? "" : " (\(address))" }

    private var settings: String {
        let way = [source.map { "from \($0)" }, interface.map { "over \($0)" }].compactMap { $0 }
        let number = rounds == 1 ? "1 round" : "\(rounds) rounds"
        let isSaid = port.map { target != address.description && target.hasSuffix(":\($0)") } ?? true
        let method = `protocol`.rawValue.uppercased() + (isSaid ? "" : port.map { " port \($0)" } ?? "")
        return ([method + (isInSession ? " in session" : "")] + way + [number]).joined(separator: ", ")
    }

    private var pathDoubt: String {
        if identity.candidates.isEmpty { return "unknown" }
        if identity.isSpread { return identity.candidates.map(\.rawValue).joined(separator: " and ") + ", by flow" }
        return "unknown, one of " + identity.candidates.map(\.rawValue).joined(separator: ", ")
    }

    private var remarks: [String] {
        var text: [String] = []
        text += blindness
        if isCancelled { text.append("stopped before its end") }
        if distance != nil, longestOutage > .zero {
            text.append("the longest outage of the target: \(TraceTable.milliseconds(longestOutage)) ms")
        }
        if !perPacketHops.isEmpty {
            let place =
                (perPacketHops.count == 1 ? "hop " : "hops ") + perPacketHops.map { "\($0)" }.joined(separator: ", ")
            text.append(
                "per-packet balancing: the packets of one flow alternate at \(place), so paths cannot be told apart"
            )
        }
        if clock == .user { text.append("times are of this process, not of the kernel") }
        if distanceChanges > 0 { text.append("changes of the target's distance: \(distanceChanges)") }
        if undecided > 0 {
            text.append(
                "not counted: \(undecided == 1 ? "1 probe" : "\(undecided) probes") that went to where the target had been, and may "
                    + "have been lost as well"
            )
        }
        if duplicates > 0 { text.append("duplicate answers: \(duplicates)") }
        return text.isEmpty ? [] : TableStyle.wrapped("Note: " + text.joined(separator: "; ") + ".", indent: 6)
    }

    private func paragraph(_ title: String, width: Int? = nil, _ text: String, _ evidence: [String]) -> [String] {
        var lines = TableStyle.wrapped(
            "\(title): \(text)",
            indent: 2,
            slack: title.utf8.count - (width ?? title.utf8.count)
        )
        for sentence in evidence { lines += TableStyle.wrapped("  - \(sentence)", indent: 4) }
        return lines
    }
}

/// The columns: hop, responder, answers, six times.
enum TraceTable {
    private static let nameWidth = 26

    static let header =
        " # " + pad("responder, times in ms", nameWidth) + lead("rcv/snt", 8)
        + ["last", "best", "avg", "worst", "stdev", "jitter"].map { lead($0, 7) }.joined()

    /// - Parameter isInLoop: packets go in circles, so that the length of the way back says nothing.
    static func lines(of hop: TraceHop, isInLoop: Bool = false) -> [String] {
        var lines: [String] = []
        let number = lead(String(hop.ttl), 2) + " "
        let statistics = hop.statistics
        let numbers =
            lead("\(statistics.received)/\(statistics.sent)", 8)
            + [
                statistics.last, statistics.best, statistics.average, statistics.worst, statistics.deviation,
                statistics.jitter,
            ].map { lead($0.map(milliseconds) ?? "-", 7) }.joined()
        guard let first = hop.responders.first else {
            return [number + pad("no reply", nameWidth) + lead("0/\(statistics.sent)", 8)]
        }
        let label = title(of: first)
        if label.columns <= nameWidth {
            lines.append(number + pad(label, nameWidth) + numbers)
        } else {
            lines.append(number + TableStyle.fit(label, 77))
            lines.append(pad("", 3 + nameWidth) + numbers)
        }
        for other in hop.responders.dropFirst() {
            lines.append("   " + TableStyle.fit("\(title(of: other)) (\(other.answers)x)", 77))
        }
        if case .unreachable(let kind)? = hop.answer {
            lines.append("   " + TableStyle.fit("answers: \(kind.word)", 77))
        }
        for remark in remarks(on: hop, isInLoop) { lines.append("   " + TableStyle.fit(remark, 77)) }
        if !hop.labels.isEmpty {
            let stack = hop.labels.map { "\($0.label)" }.joined(separator: "/")
            let further = hop.furtherLabels == 0 ? "" : " and \(hop.furtherLabels) more"
            lines.append("   " + TableStyle.fit("MPLS labels \(stack)\(further)", 77))
        }
        return lines
    }

    private static func remarks(on hop: TraceHop, _ isInLoop: Bool) -> [String] {
        var remarks: [String] = []
        if hop.isRateLimited {
            let isTarget = hop.answer?.isReply == true
            let rest = isTarget ? "loss is not known here" : "nothing is lost here"
            remarks.append("rate-limited: it answers less than it is asked, \(rest)")
        }
        if let translation = hop.translation {
            let destination = translation.destination.map { ": the destination is \($0) here" } ?? ""
            remarks.append("address translation (NAT) before this hop" + destination)
        }
        if !isInLoop, hop.isAsymmetric, let back = hop.returnHops {
            remarks.append("comes back over \(back == 1 ? "1 hop" : "\(back) hops"): asymmetric")
        }
        return remarks
    }

    private static func title(of responder: TraceHop.Responder) -> String {
        ([responder.address.description] + [responder.name, responder.system?.text].compactMap { $0 })
            .joined(separator: " ")
    }

    static func silence(after hops: [TraceHop]) -> String {
        if case .unreachable? = hops.last?.answer { return "   nothing goes further" }
        guard let last = hops.last else { return "   no hop answers" }
        return "   no reply from hop \(last.ttl + 1) on"
    }

    /// Six characters at most below 100 s: three digits behind the point for small values, fewer for large.
    static func milliseconds(_ time: Duration) -> String {
        let microseconds = (max(0, time.nanoseconds) + 500) / 1_000
        let (digits, scale): (Int, Int64) =
            switch microseconds {
            case ..<100_000: (3, 1)
            case ..<1_000_000: (2, 10)
            default: (1, 100)
            }
        let value = (microseconds + scale / 2) / scale
        let unit = 1_000 / scale
        let fraction = String(value % unit)
        return "\(value / unit)." + String(repeating: "0", count: max(0, digits - fraction.utf8.count)) + fraction
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.columns))
    }

    static func lead(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.columns)) + text
    }
}

/// Width and colour.
struct TableStyle {
    var colour: Bool

    private func sequence(_ code: String, _ text: String) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    func bold(_ text: String) -> String { sequence("1", text) }
    func faint(_ text: String) -> String { sequence("2", text) }

    func status(_ status: TraceVerdict.Status) -> String {
        switch status {
        case .reached: sequence("32", status.rawValue)
        case .degraded: sequence("33", status.rawValue)
        case .unreachable: sequence("31", status.rawValue)
        }
    }

    /// Cut at the end where it is too long.
    static func fit(_ text: String, _ width: Int) -> String {
        guard text.columns > width else { return text }
        var room = max(width - 3, 0)
        let start = text.prefix { character in
            room -= character.columns
            return room >= 0
        }
        return String(start + "...".prefix(max(width, 0)))
    }

    /// Lines of at most so many columns, broken at blanks; those after the first are indented. `slack` columns of the first
    /// word are invisible.
    static func wrapped(_ text: String, indent: Int, slack: Int = 0, width limit: Int = 80) -> [String] {
        var lines: [String] = []
        var line = String(text.prefix { $0 == " " })
        var width = line.columns
        var isFirstWord = true
        for word in text.split(separator: " ") {
            let visible = word.columns - (lines.isEmpty && isFirstWord ? slack : 0)
            if !isFirstWord, width + 1 + visible > limit {
                lines.append(line)
                line = String(repeating: " ", count: indent)
                width = indent
                isFirstWord = true
            }
            if !isFirstWord {
                line += " "
                width += 1
            }
            line += word
            width += visible
            isFirstWord = false
        }
        lines.append(line)
        return lines
    }
}
