import Blackbox
import Model
import Probing
import Sockets
import Wire

extension ProbeRun {
    func probeDNS() throws(ProbeRefusal) -> Bool {
        let module = order.module.dns
        for phase in ["resolve", "connect", "request"] { report.set(.dnsDuration, 0, .init("phase", phase)) }
        for gauge in [ProbeReport.Gauge.answers, .authorities, .additionals, .querySucceeded] { report.set(gauge, 0) }
        guard module.transport == "udp" || module.transport == "tcp" else {
            note(
                .error,
                "Configuration error: Expected transport protocol udp or tcp",
                ["protocol": module.transport]
            )
            return false
        }
        let named = ProbedHost.split(order.target, named: ServicePort.number)
        let (host, port) = named ?? (order.target, module.usesTLS ? 853 : 53)
        guard let (address, seconds) = try resolve(host, module.addresses) else {
            note(.error, "Error resolving address")
            return false
        }
        report.set(.dnsDuration, seconds, .init("phase", "resolve"))
        guard !module.usesTLS || module.transport == "tcp" else {
            note(
                .error,
                "Configuration error: Expected transport protocol tcp for DoT",
                ["protocol": module.transport]
            )
            return false
        }
        guard let (source, _) = source(module.source), let question = question(module) else { return false }
        note(.info, "Making DNS query", ["target": "\(address)", "query": module.name, "type": module.typeName])
        let answer: DNSMessage
        do throws(DialogueError) {
            answer = try exchange(question, SocketAddress(address, port: port), source, module, host)
        } catch {
            note(.error, "Error while sending a DNS query", ["err": error.message, "reason": "\(error.reason)"])
            return false
        }
        return judge(answer, module)
    }

    private func question(_ module: DNSModule) -> DNSMessage? {
        guard let name = DNSName(module.name) else {
            note(.error, "Error while sending a DNS query", ["err": "bad query name"])
            return nil
        }
        let asked = DNSQuestion(
            name: name,
            type: DNSRecordType(rawValue: module.type),
            recordClass: DNSClass(rawValue: module.classNumber)
        )
        return DNSMessage(
            id: UInt16.random(in: .min ... .max),
            flags: module.wantsRecursion ? .recursionDesired : [],
            questions: [asked]
        )
    }

    private func exchange(
        _ question: DNSMessage,
        _ server: SocketAddress,
        _ source: IPAddress?,
        _ module: DNSModule,
        _ host: String
    ) throws(DialogueError) -> DNSMessage {
        let begun = SystemClock.monotonic()
        var sentAt = begun
        defer {
            report.set(.dnsDuration, Double((sentAt - begun).nanoseconds) / 1e9, .init("phase", "connect"))
            report.set(.dnsDuration, elapsed(since: sentAt), .init("phase", "request"))
        }
        let bytes = [UInt8](unsafeUninitializedCapacity: question.encodedLength) { buffer, count in
            count = (try? question.write(into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
        if module.transport == "udp" {
            let found = try DatagramOnce.ask(bytes, server, source: source, until: end) {
                Self.decoded($0, question) != nil
            }
            sentAt = found.sentAt
            if let answer = Self.decoded(found.answer, question) { return answer }
            throw DialogueError(.dnsError, "dns: bad answer")
        }
        let dialogue = try Dialogue(to: server, source: source, until: end)
        if module.usesTLS { _ = try secure(dialogue, module.tls, host: host) }
        sentAt = SystemClock.monotonic()
        try dialogue.write([UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes)
        var received: [UInt8] = []
        while received.count < 2 || received.count < Int(received[0]) << 8 | Int(received[1]) + 2 {
            let more = try dialogue.read()
            guard !more.isEmpty else { throw DialogueError(.dnsError, "EOF") }
            received += more
        }
        let length = Int(received[0]) << 8 | Int(received[1])
        guard let answer = Self.decoded(Array(received[2..<min(received.count, length + 2)]), question) else {
            throw DialogueError(.dnsError, "dns: bad answer")
        }
        return answer
    }

    private static func decoded(_ bytes: [UInt8], _ question: DNSMessage) -> DNSMessage? {
        guard let answer = try? DNSMessage(decoding: bytes.span.bytes), answer.isAnswer(to: question) else {
            return nil
        }
        return answer
    }

    private func judge(_ answer: DNSMessage, _ module: DNSModule) -> Bool {
        let code = answer.responseCode
        note(.info, "Got response", ["rcode": "\(code)", "answers": "\(answer.answers.count)"])
        report.set(.answers, Double(answer.answers.count))
        report.set(.authorities, Double(answer.authorities.count))
        report.set(.additionals, Double(answer.additionals.count + (answer.edns == nil ? 0 : 1)))
        report.set(.querySucceeded, 1)
        if module.type == DNSRecordType.soa.rawValue {
            report.set(.serial, 0)
            for record in answer.answers {
                if case .soa(let soa) = record.data { report.set(.serial, Double(soa.serial)) }
            }
        }
        let verdict = DNSRules.judge(code: code.rawValue, valid: module.validCodes)
        tell(verdict)
        guard verdict.isGood else { return false }
        let sections = [
            ("Answer", answer.answers, module.answerRules), ("Authority", answer.authorities, module.authorityRules),
            ("Additional", answer.additionals, module.additionalRules),
        ]
        for (name, records, rules) in sections {
            note(.info, "Validating \(name) RRs")
            let verdict = DNSRules.judge(records, rules)
            guard verdict.isGood else {
                tell(verdict)
                note(.error, "\(name) RRs validation failed")
                return false
            }
        }
        return true
    }

    private func tell(_ finding: DNSRules.Finding) {
        let pairs: KeyValuePairs = ["regexp": finding.expression ?? "", "rr": finding.record ?? ""]
        note(finding.isGood ? .info : .error, finding.message, finding.expression == nil ? [:] : pairs)
    }
}
