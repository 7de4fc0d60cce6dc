import TestSupport
import Testing

@Suite("usage errors", .onOwnThread)
struct UsageTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let said: String

        init(_ arguments: String..., said: String) {
            (self.arguments, self.said) = (arguments, said)
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(
        "a mistake exits 64 and says on standard error what is allowed",
        arguments: [
            Mistake("prob", said: "there is no command 'prob'; did you mean 'probe'?"),
            Mistake("sevre", "--demo", said: "did you mean 'serve'?"),
            Mistake("help", "reflct", said: "did you mean 'reflect'?"),
            Mistake("drill", "link", said: "Commands: serve, path, probe, capture, check, host, reflect."),
            Mistake("capture", said: "Missing expected argument '<source> ...'"),
            Mistake("capture", "a.pcap", "--output", "xml", said: "'table', 'json', 'csv' or 'prometheus'"),
            Mistake("capture", "a.pcap", "--duration", "soon", said: "such as 30s"),
            Mistake("10.1.0.4", said: "netprobe path 10.1.0.4"),
            Mistake("--verbose", said: "Unknown option '--verbose'"),
            Mistake("path", said: "Missing expected argument '<target>'"),
            Mistake("path", "127.0.0.1", "-4", "-6", said: "give one of the two"),
            Mistake("path", "127.0.0.1", "--count", "0", said: "allowed with 30 hops: 1 to"),
            Mistake("path", "127.0.0.1", "--max-hops", "256", said: "allowed: 1 to 255"),
            Mistake("path", "127.0.0.1", "--interval", "soon", said: "such as 100ms"),
            Mistake("path", "127.0.0.1", "--output", "xml", said: "'table', 'json', 'csv' or 'prometheus'"),
            Mistake("path", "https://127.0.0.1", said: "tcp://HOST:PORT"),
            Mistake("path", "a b", said: "write HOST, icmp://HOST"),
            Mistake("path", "tcp://127.0.0.1:80", "--protocol", "udp", said: "contradicts the target"),
            Mistake("path", "127.0.0.1", "--strategy", "paris", said: "--strategy is of UDP"),
            Mistake("path", "tcp://127.0.0.1:80", "--strategy", "dublin", said: "--strategy is of UDP"),
            Mistake("path", "127.0.0.1", "--port", "80", said: "give --protocol udp or --protocol tcp"),
            Mistake("path", "127.0.0.1", "--protocol", "tcp", "--port", "0", said: "allowed: 1 to 65535"),
            Mistake("path", "127.0.0.1", "--protocol", "udp", "--port", "0", said: "allowed: 1 to 65535"),
            Mistake("path", "127.0.0.1", "--in-session", said: "give --protocol tcp"),
            Mistake("path", "127.0.0.1", "--flows", "many", said: "1 to 64, or auto"),
            Mistake("path", "127.0.0.1", "--watch", "--output", "csv", said: "leave --output out"),
            Mistake("path", "127.0.0.1", "--watch", said: "needs a terminal"),
            Mistake("path", "127.0.0.1", "--protocol", "sctp", said: "'icmp', 'udp' or 'tcp'"),
            Mistake("probe", said: "Missing expected argument '<target>'"),
            Mistake("probe", "ike://", said: "the host is missing; write HOST, icmp://HOST, tcp://HOST:PORT"),
            Mistake("probe", "tcp://127.0.0.1", said: "tcp://127.0.0.1:PORT"),
            Mistake("probe", "tcp://127.0.0.1:70000", said: "allowed: 1 to 65535"),
            Mistake("probe", "ftp://127.0.0.1", said: "unknown scheme 'ftp'"),
            Mistake("probe", "udp://127.0.0.1:7", said: "allowed: dns, http, https, icmp, ike, stamp, tcp, tls"),
            Mistake("probe", "dns://127.0.0.1/a?type=BOGUS", said: "'BOGUS' is no record type"),
            Mistake(
                "probe",
                "icmp://127.0.0.1",
                "--via",
                "http://127.0.0.1:3128",
                said: "allowed: http, https, tls, tcp"
            ),
            Mistake("probe", "https://127.0.0.1", "--via", "corp", said: "a name needs --config"),
            Mistake("probe", "127.0.0.1", "--timeout", "4", said: "allowed: 1ms to 60s"),
            Mistake("probe", "127.0.0.1", "--output", "xml", said: "'text' and 'json'"),
            Mistake("check", said: "try: netprobe check /etc/netprobe/netprobe.yml"),
            Mistake("serve", "--demo", "--config", "a.yml", said: "give one of the two"),
            Mistake("serve", "--demo", "--listen", "here", said: "allowed: HOST:PORT"),
            Mistake("reflect", "--listen", "here", said: "allowed: 10.1.0.4:862"),
        ]
    )
    func mistake(_ mistake: Mistake) throws {
        let result = try Netprobe.run(mistake.arguments)
        #expect(result.status == 64, "\(result.output)\(result.errors)")
        #expect(result.errors.contains(mistake.said), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test("a password in a target is refused and not repeated")
    func password() throws {
        let result = try Netprobe.run("probe", "tcp://user:hunter2@127.0.0.1:80")
        #expect(result.status == 64)
        #expect(!(result.output + result.errors).contains("hunter2"))
    }
}
