internal import Model
internal import Wire

extension TraceReport {
    /// One line a flow that was measured; empty for a trace of one flow.
    var flowLines: [String] {
        guard flows.count > 1 else { return [] }
        let number = pathCount == 1 ? "1 path" : "\(pathCount) paths"
        let knowledge =
            switch isComplete {
            case true? where `protocol` == .icmp && pathCount == 1:
                "; many routers send all ICMP one way: UDP and TCP show more"
            case true?: ", all that there are with the confidence asked for"
            case false?: ", perhaps not all: too many would be needed to know"
            case nil: ""
            }
        var lines = TableStyle.wrapped("Flows: \(flows.count), \(number)\(knowledge)", indent: 2)
        lines.append("  # " + TraceTable.pad("port", 6) + TraceTable.lead("rcv/snt", 8) + "    avg  worst  way")
        for flow in shownFlows { lines.append(TableStyle.fit(line(of: flow), 80)) }
        lines.append("")
        return lines
    }

    private func line(of flow: TraceFlow) -> String {
        let statistics = flow.statistics
        let times = [statistics.average, statistics.worst].map {
            TraceTable.lead($0.map(TraceTable.milliseconds) ?? "-", 7)
        }
        let parting = firstDifference
        let way =
            flow.path?.rawValue
            ?? flow.responders.dropFirst(parting).prefix(2).map { $0?.description ?? "*" }.joined(separator: " ")
        return TraceTable.lead("\(flow.number)", 3) + " "
            + TraceTable.pad(flow.sourcePort.map { "\($0)" } ?? "-", 6)
            + TraceTable.lead("\(statistics.received)/\(statistics.sent)", 8) + times.joined()
            + "  \(way.isEmpty ? "no reply" : way) \(flow.routeHashText)"
    }

    /// Index of the first hop at which the flows differ.
    private var firstDifference: Int {
        let length = flows.map(\.responders.count).max() ?? 0
        return (0..<length).first { index in
            Set(flows.map { $0.responders.indices.contains(index) ? $0.responders[index] : nil }).count > 1
        } ?? 0
    }

    var sizeLines: [String] {
        var lines: [String] = []
        if let mtu { lines += TableStyle.wrapped("MTU: \(mtu.sentence)", indent: 2) }
        if let size = segmentSize {
            var text = "MSS: the target announces \(size.announced) bytes"
            if size.isClamped { text += ", less than Ethernet gives: it is clamped" }
            if size.isTooLarge, let fitting = size.fitting { text += "; more than the \(fitting) that fit the path" }
            lines += TableStyle.wrapped(text + ".", indent: 2)
        }
        return lines
    }

}

extension PathMTU {
    /// For people.
    var sentence: String {
        guard let bytes else { return "not known: the target does not answer large packets." }
        let place = limitTTL.map { ttl in
            "hop \(ttl)" + (limitRouter.map { " (\($0))" } ?? "")
        }
        let told = toldBytes.map { "; the router names \($0)" } ?? ""
        switch behaviour {
        case .unlimited? where bytes < interfaceBytes:
            return "\(bytes) bytes or more: larger ones are not tried; the link of this host carries \(interfaceBytes)."
        case .unlimited?, nil: return "\(bytes) bytes, as large as the link of this host."
        case .reported?: return "\(bytes) bytes; larger ones are refused by \(place ?? "a router")\(told)."
        case .blackHole? where direction == .back:
            return
                "\(bytes) bytes there and back; larger ones arrive, but the target's large answers vanish on the way back."
        case .blackHole? where direction == nil:
            return "\(bytes) bytes; larger ones vanish without a word, or the answers to them"
                + (place.map { " behind \($0)" } ?? "") + "."
        case .blackHole?:
            return "\(bytes) bytes; larger ones vanish without a word" + (place.map { " behind \($0)" } ?? "") + "."
        }
    }
}
