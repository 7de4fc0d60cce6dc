internal import Model
internal import Wire

extension TraceReport {
    /// One line a flow that was measured; empty for a trace of one flow.
    var flowLines: [String] {
        guard flows.count > 1 else { return [] }
        let number =
            switch pathCount {
            case nil: "paths that cannot be told apart"
            case 1?: "1 path"
            case let number?: "\(number) paths"
            }
        let knowledge =
            switch isComplete {
            case true? where `protocol` == .icmp && pathCount == 1:
                "; many routers send all ICMP one way: UDP and TCP show more"
            case true?: ", all next hops found with the confidence asked for"
            case false?: ", perhaps not all: too many would be needed to know, or routers that do not answer"
            case nil: ""
            }
        var lines = TableStyle.wrapped("Flows: \(flows.count), \(number)\(knowledge)", indent: 2)
        let telling = tellingHops
        let places = telling.map { "\($0 + 1)" }.joined(separator: ", ")
        let title = places.isEmpty ? "way" : "way (\(telling.count == 1 ? "hop" : "hops") \(places))"
        lines.append("  # " + TraceTable.pad("port", 6) + TraceTable.lead("rcv/snt", 8) + "    avg  worst  " + title)
        for flow in shownFlows { lines += self.lines(of: flow, telling) }
        lines.append("")
        return lines
    }

    private func lines(of flow: TraceFlow, _ telling: [Int]) -> [String] {
        let statistics = flow.statistics
        let times = [statistics.average, statistics.worst].map {
            TraceTable.lead($0.map(TraceTable.milliseconds) ?? "-", 7)
        }
        let numbers =
            TraceTable.lead("\(flow.number)", 3) + " "
            + TraceTable.pad(flow.sourcePort.map { "\($0)" } ?? "-", 6)
            + TraceTable.lead("\(statistics.received)/\(statistics.sent)", 8) + times.joined() + "  "
        guard let hash = flow.routeHashText else { return [numbers + (flow.isMixed ? "mixed" : "not known")] }
        let way =
            flow.path?.rawValue ?? telling.map { flow.responder(at: $0)?.description ?? "*" }.joined(separator: " ")
        let line = numbers + "\(way.isEmpty ? "no reply" : way) \(hash)"
        if line.columns <= 80 { return [line] }
        // Addresses of IPv6 get a line of their own.
        return [numbers + hash] + TableStyle.wrapped("      " + way, indent: 6)
    }

    /// Indices of the hops that tell the shown flows apart, at most three: those at which they differ, but for what follows from
    /// an earlier one. Where they differ nowhere, of the first hops.
    private var tellingHops: [Int] {
        let length = shownFlows.map(\.way.count).max() ?? 0
        var chosen: [Int] = []
        for index in 0..<length where chosen.count < 3 {
            // By what the chosen hops show: whom the flows meet here. Silence tells nothing.
            var met: [[IPAddress?]: Set<IPAddress>] = [:]
            for flow in shownFlows {
                guard let address = flow.responder(at: index) else { continue }
                met[chosen.map { flow.responder(at: $0) }, default: []].insert(address)
            }
            if met.values.contains(where: { $0.count > 1 }) { chosen.append(index) }
        }
        return chosen.isEmpty ? Array(0..<min(length, 2)) : chosen
    }

    var sizeLines: [String] {
        var lines: [String] = []
        if let mtu { lines += TableStyle.wrapped("MTU: \(mtu.sentence)\(wayOfSizes(mtu))", indent: 2) }
        if let size = segmentSize {
            var text = "MSS: the target announces \(size.announced) bytes"
            if size.isClamped {
                text += ", less than Ethernet gives: clamped on the way, or of a smaller link of its own"
            }
            if size.isTooLarge, let fitting = size.fitting { text += "; more than the \(fitting) that fit the path" }
            lines += TableStyle.wrapped(text + ".", indent: 2)
        }
        return lines
    }

}

extension TraceReport {
    /// Which of several ways the sizes are of.
    private func wayOfSizes(_ mtu: PathMTU) -> String {
        if mtu.method != `protocol`, mtu.isOfOtherWay(than: hops) {
            return " Tried by \(mtu.method.rawValue.uppercased()), which takes another way than these probes."
        }
        guard pathCount != 1, mtu.bytes != nil else { return "" }
        guard let number = mtu.flow else {
            return " Tried by \(mtu.method.rawValue.uppercased()), which takes one way."
        }
        let path = flows.first { $0.number == number }?.path.map { " (\($0.rawValue))" } ?? ""
        return mtu.behaviour == .unlimited ? "" : " That is the way of flow \(number)\(path)."
    }
}

extension PathMTU {
    /// For people.
    var sentence: String {
        guard let bytes else {
            return "not known: the target does not answer large packets of \(method.rawValue.uppercased())."
        }
        let place = limitTTL.map { ttl in
            "hop \(ttl)" + (limitRouter.map { " (\($0))" } ?? "")
        }
        let told = toldBytes.map { "; the router names \($0)" } ?? ""
        switch behaviour {
        case .unlimited? where bytes < interfaceBytes:
            return "\(bytes) bytes or more: larger ones are not tried; the link of this host carries \(interfaceBytes)."
        case .unlimited?, nil: return "\(bytes) bytes, as large as the link of this host."
        case .reported?: return "\(bytes) bytes; larger ones are refused by \(place ?? "a router")\(told)."
        case .blackHole? where vanishingBytes != nil:
            let size = vanishingBytes ?? bytes
            let way = direction == .back ? " on the way back" : place.map { " behind \($0)" } ?? ""
            return "\(bytes) bytes; larger ones do not fit, and those of \(size) bytes vanish without a word\(way)."
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
