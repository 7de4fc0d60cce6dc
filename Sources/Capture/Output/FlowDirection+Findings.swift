internal import Flows
internal import Model

extension FlowDirection {
    /// What happened beside round trips and retransmissions, which have places of their own, where it did: `lost packets 9`,
    /// `bfd up: 20 messages, 1 alarms, longest gap 160.000 ms`.
    /// - Parameter protocolName: of the flow; nil where several are put together.
    func findings(_ protocolName: String?) -> [String] {
        var words = counters.named.dropFirst().filter { $0.value > 0 }.map {
            "\($0.name.map { $0 == "_" ? " " : String($0) }.joined()) \($0.value)"
        }
        guard control.messages > 0 else { return words }
        let gap = Duration.nanoseconds(control.longestGap).millisecondsText
        words.append("\(sessionName(protocolName)): \(control.messages) messages")
        words.append("\(control.alarms) alarms")
        words.append("longest gap \(gap) ms")
        return words
    }

    private func sessionName(_ protocolName: String?) -> String {
        switch protocolName {
        case "udp":
            // RFC 5880 §4.1.
            let states = ["admin down", "down", "init", "up"]
            return control.state < 4 ? "bfd \(states[Int(control.state)])" : "bfd"
        case "tcp": return "bgp"
        default: return "session"
        }
    }

    /// One field for the session of BFD or BGP; empty without.
    var sessionField: String {
        guard control.messages > 0 else { return "" }
        let numbers = [
            "messages=\(control.messages)", "alarms=\(control.alarms)", "state=\(control.state)",
            "longest_gap_ns=\(control.longestGap)",
        ]
        return numbers.joined(separator: " ")
    }
}
