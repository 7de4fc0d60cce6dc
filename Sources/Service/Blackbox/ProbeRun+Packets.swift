import Blackbox
import Model
import Probing
import Sockets
import Wire

extension ProbeRun {
    func probeICMP() throws(ProbeRefusal) -> Bool {
        let module = order.module.icmp
        for phase in ["resolve", "setup", "rtt"] { report.set(.icmpDuration, 0, .init("phase", phase)) }
        guard let (address, seconds) = try resolve(order.target, module.addresses) else {
            note(.warn, "Error resolving address")
            return false
        }
        report.set(.icmpDuration, seconds, .init("phase", "resolve"))
        guard let (source, _) = source(module.source) else { return false }
        note(.info, "Creating socket")
        let setup = SystemClock.monotonic()
        let question = EchoOnce(
            destination: address,
            source: source,
            ttl: module.ttl == 0 ? 64 : module.ttl,
            payloadSize: module.payloadSize == 0 ? 28 : module.payloadSize,
            // As in the exporter: routers cut nothing of IPv6, and what is too large for the first link this host cuts itself.
            dontFragment: module.dontFragment && address.isIPv4
        )
        do throws(DialogueError) {
            let answer = try question.ask(until: end) {
                report.set(.icmpDuration, elapsed(since: setup), .init("phase", "setup"))
                note(.info, "Writing out packet")
            }
            report.set(.icmpDuration, Double(answer.roundTrip.nanoseconds) / 1e9, .init("phase", "rtt"))
            if let hopLimit = answer.hopLimit { report.set(.replyHopLimit, Double(hopLimit)) }
            note(.info, "Found matching reply packet", ["clock": answer.clock.rawValue])
            return true
        } catch {
            let message = error.reason == .timeout ? "Timeout reading from socket" : "Error reading from socket"
            note(.warn, message, ["err": error.message, "reason": "\(error.reason)"])
            return false
        }
    }

    func probeTCP() throws(ProbeRefusal) -> Bool {
        let module = order.module.tcp
        report.set(.failedDueToRegex, 0)
        guard let (host, port) = ProbedHost.split(order.target, named: ServicePort.number) else {
            note(
                .error,
                "Error splitting target address and port",
                ["err": "address \(order.target): missing port in address"]
            )
            return false
        }
        guard let (address, _) = try resolve(host, module.addresses) else {
            note(.error, "Error resolving address")
            return false
        }
        guard let (source, _) = source(module.source) else { return false }
        do throws(DialogueError) {
            note(.info, module.usesTLS ? "Dialing TCP with TLS" : "Dialing TCP without TLS")
            let dialogue = try Dialogue(to: SocketAddress(address, port: port), source: source, until: end)
            if module.usesTLS { try startTLS(dialogue, module, host) }
            note(.info, "Successfully dialed")
            return try converse(dialogue, module, host)
        } catch {
            note(.error, "Error dialing TCP", ["err": error.message, "reason": "\(error.reason)"])
            return false
        }
    }

    private func startTLS(_ dialogue: Dialogue, _ module: TCPModule, _ host: String) throws(DialogueError) {
        let facts = try secure(dialogue, module.tls, host: host)
        reportTLS(facts, skipsVerification: module.tls.skipsVerification)
    }

    /// The dialogue that the module writes down.
    private func converse(_ dialogue: Dialogue, _ module: TCPModule, _ host: String) throws(DialogueError) -> Bool {
        var lines = LineReader()
        for (number, step) in module.steps.enumerated() {
            note(.info, "Processing query response entry", ["entry_number": "\(number)"])
            var answer = Array(step.send.utf8)
            if let expression = step.expect {
                guard let (line, match) = try find(expression, dialogue, &lines) else {
                    report.set(.failedDueToRegex, 1)
                    note(.error, "Regexp did not match", ["regexp": expression.text])
                    return false
                }
                report.set(.failedDueToRegex, 0)
                let text = String(decoding: line, as: UTF8.self)
                note(.info, "Regexp matched", ["regexp": expression.text, "line": text])
                answer = expression.expand(step.send, match, in: line)
            }
            if !answer.isEmpty {
                note(.debug, "Sending line", ["line": String(decoding: answer, as: UTF8.self)])
                try dialogue.write(answer + [10])
            }
            if step.startsTLS {
                try startTLS(dialogue, module, host)
                note(.info, "TLS Handshake (client) succeeded.")
                lines = LineReader()
            }
        }
        return true
    }

    /// The first line that matches; nil when the stream ends before one does.
    private func find(
        _ expression: RegularExpression,
        _ dialogue: Dialogue,
        _ lines: inout LineReader
    ) throws(DialogueError) -> ([UInt8], RegularExpression.Match)? {
        while true {
            let step: LineReader.Step
            do throws(LineReader.TooLong) {
                step = try lines.next()
            } catch {
                throw DialogueError(.expectMismatch, "bufio.Scanner: token too long")
            }
            switch step {
            case .line(let line):
                note(.debug, "Read line", ["line": String(decoding: line, as: UTF8.self)])
                if let match = expression.firstMatch(in: line) { return (line, match) }
            case .needsMore: lines.take(try dialogue.read())
            case .end: return nil
            }
        }
    }
}
