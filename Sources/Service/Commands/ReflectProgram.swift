import Glibc
import Probing
import Sockets
import Wire

/// What `netprobe reflect` does: answers until a signal ends it.
public enum ReflectProgram {
    /// - Parameters:
    ///   - listen: `ADDRESS:PORT` of each STAMP reflector, IPv6 in brackets.
    ///   - echo: the same for UDP echo.
    ///   - isStateless: copy the sender's sequence instead of counting each session's answers.
    ///   - log: takes sentences for people.
    /// - Returns: the exit status.
    public static func run(listen: [String], echo: [String], isStateless: Bool = false, log: (String) -> Void) -> Int32
    {
        var addresses: [[SocketAddress]] = []
        for list in [listen, echo] {
            var parsed: [SocketAddress] = []
            for text in list {
                guard let address = parse(text) else {
                    log("netprobe reflect: '\(text)' is no address and port; allowed: 10.1.0.4:862, [2001:db8::1]:862")
                    return 64
                }
                parsed.append(address)
            }
            addresses.append(parsed)
        }
        // Blocked before the thread starts, so that only `sigwait` sees them.
        let signals = EndSignals()
        do throws(SystemError) {
            let reflector = try Reflector(listen: addresses[0], echo: addresses[1], isStateless: isStateless)
            try Privileges.drop(keeping: [])
            try reflector.start()
            for address in reflector.addresses { log("netprobe reflect: answering on \(address)") }
            signals.wait()
            reflector.stop()
            let counters = reflector.counters
            log(
                "netprobe reflect: \(counters.received) received, \(counters.reflected) reflected, "
                    + "\(counters.echoed) echoed, \(counters.refused) refused, \(counters.rateLimited) over the rate"
            )
            return 0
        } catch {
            log("netprobe reflect: \(error)" + (error.isPermission ? "; take a port above 1023 with --listen" : ""))
            return error.isPermission ? 77 : 1
        }
    }

    private static func parse(_ text: String) -> SocketAddress? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        return IPAddress(host).map { SocketAddress($0, port: port) }
    }
}

/// SIGINT and SIGTERM, taken by waiting for them.
struct EndSignals {
    private var set = sigset_t()

    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    func wait() {
        var copy = set
        var signal: Int32 = 0
        sigwait(&copy, &signal)
    }
}
