import Blackbox
import Model
import Probing
import Sockets
import Web
import Wire

/// One probe at work, on a thread of its own.
final class ProbeRun {
    let order: ProbeOrder
    let limits: TargetLimits
    let tools: ProbeDesk.Tools
    let started = SystemClock.monotonic()
    let end: MonotonicTime
    var report = ProbeReport()
    /// The last that something failed for, where a step has one.
    private(set) var reason: Reason?
    /// Of the proxy that the module goes through, and of the last handshake; nil where there was none.
    private(set) var proxy: ProxyFacts?
    private(set) var tls: TLSFacts?

    init(_ order: ProbeOrder, _ limits: TargetLimits, _ tools: ProbeDesk.Tools) {
        self.order = order
        self.limits = limits
        self.tools = tools
        end = started + .nanoseconds(Int64(order.timeout * 1e9))
    }

    func answer(_ isDebugging: Bool) -> WebSource.ProbeReply {
        note(.info, "Beginning probe", ["probe": order.prober.rawValue, "timeout_seconds": "\(order.timeout)"])
        report.set(.success, 0)
        report.set(.duration, 0)
        let isGood: Bool
        do throws(ProbeRefusal) {
            isGood = try probe()
        } catch {
            return .refused(status: error.status, error.message)
        }
        let seconds = elapsed(since: started)
        report.set(.duration, seconds)
        report.set(.success, isGood ? 1 : 0)
        note(isGood ? .info : .error, isGood ? "Probe succeeded" : "Probe failed", ["duration_seconds": "\(seconds)"])
        return isDebugging ? .debug(report.debugText(module: order.module.text)) : .metrics(report.exposition)
    }

    private func probe() throws(ProbeRefusal) -> Bool {
        switch order.prober {
        case .icmp: try probeICMP()
        case .tcp: try probeTCP()
        case .http: try probeHTTP()
        case .dns: try probeDNS()
        case .grpc: try probeGRPC()
        }
    }

    // MARK: What all need

    func note(_ level: ProbeReport.Level, _ message: String, _ pairs: KeyValuePairs<String, String> = [:]) {
        for (key, value) in pairs where key == "reason" { reason = Reason(rawValue: value) ?? reason }
        let about = [("module", order.name), ("target", TargetURL(order.target).text)]
        report.note(level, message, pairs, about: about, at: SystemClock.wall())
    }

    func take(_ facts: RequestFacts?) {
        proxy = facts?.proxy
        tls = facts?.tls
    }

    /// Does a handshake, and keeps what it showed also where it is refused.
    func secure(_ dialogue: Dialogue, _ module: TLSModule, host: String) throws(DialogueError) -> TLSFacts {
        defer { tls = dialogue.shown }
        return try dialogue.startTLS(options(module, host: host))
    }

    func elapsed(since moment: MonotonicTime) -> Double {
        Double((SystemClock.monotonic() - moment).nanoseconds) / 1e9
    }

    /// The address to probe, with the metrics of its finding; nil when there is none.
    /// - Returns: also how long that took, in seconds.
    /// - Throws: an address that must not be asked.
    func resolve(
        _ host: String,
        _ preference: FamilyPreference
    ) throws(ProbeRefusal) -> (address: IPAddress, seconds: Double)? {
        report.set(.ipProtocol, 0)
        report.set(.lookupTime, 0)
        report.set(.addressHash, 0)
        let family = preference.prefersIPv6 ? "ip6" : "ip4"
        note(.info, "Resolving target address", ["target": host, "ip_protocol": family])
        let begun = SystemClock.monotonic()
        let answer = addresses(of: host)
        let seconds = elapsed(since: begun)
        report.set(.lookupTime, seconds)
        guard case .addresses(let addresses) = answer, let chosen = ProbedHost.choose(addresses, preference) else {
            if case .failed(let found) = answer { self.reason = found } else { self.reason = .dnsError }
            let reason = if case .failed(let reason) = answer { "\(reason)" } else { "unable to find ip; no fallback" }
            note(.error, "Resolution with IP protocol failed", ["target": host, "ip_protocol": family, "err": reason])
            return nil
        }
        guard limits.permits(chosen) else {
            throw ProbeRefusal(status: 403, message: "\(chosen) may not be probed (server.probe_targets)")
        }
        report.set(.ipProtocol, chosen.isIPv4 ? 4 : 6)
        report.set(.addressHash, ProbedHost.hash(chosen))
        note(.info, "Resolved target address", ["target": host, "ip": "\(chosen)"])
        return (chosen, seconds)
    }

    /// A host that the proxy is to look up is looked up here too, for the judgement alone: not for long, as there may be no name
    /// server to ask.
    func judge(_ host: String) throws(ProbeRefusal) {
        let left = end - SystemClock.monotonic()
        let answer = NumericHost.address(of: host).map { .addresses([$0]) } ?? addresses(of: host, for: left / 4)
        switch answer {
        case .addresses(let addresses):
            guard let denied = addresses.first(where: { !limits.permits($0) }) else { return }
            throw ProbeRefusal(status: 403, message: "\(denied) may not be probed (server.probe_targets)")
        case .failed:
            guard !limits.permitsUnknown else { return }
            let message = "where \(host) leads only the proxy knows; it may not be probed (server.probe_targets)"
            throw ProbeRefusal(status: 403, message: message)
        }
    }

    func addresses(of host: String, for time: Duration? = nil) -> HostAnswer {
        if let address = IPAddress(host) { return .addresses([address]) }
        guard !host.isEmpty, let inbox = try? Inbox<HostAnswer>() else { return .failed(.dnsError) }
        tools.lookup(host) { inbox.post($0) }
        let end = time.map { SystemClock.monotonic() + $0 } ?? end
        while SystemClock.monotonic() < end {
            if let answer = inbox.take().first { return answer }
            inbox.wait(end - SystemClock.monotonic())
        }
        return .failed(.dnsTimeout)
    }

    /// The source address of a module.
    /// - Returns: nil, with a line in the log, where what is written is no address.
    func source(_ text: String?) -> (address: IPAddress?, Void)? {
        guard let text else { return (nil, ()) }
        guard let address = IPAddress(text) else {
            note(.error, "Error parsing source ip address", ["srcIP": text])
            return nil
        }
        note(.info, "Using source address", ["srcIP": text])
        return (address, ())
    }

    /// What a handshake showed, as metrics.
    /// - Parameter hasChain: the prober tells the end of the verified chain too.
    func reportTLS(_ tls: TLSFacts, skipsVerification: Bool, hasChain: Bool = true) {
        guard let leaf = tls.certificates.first else { return }
        report.set(.earliestExpiry, seconds(tls.earliestExpiry))
        // With verification off there is no chain, and the time is that of Go's zero: the year 1.
        if hasChain { report.set(.chainExpiry, skipsVerification ? Self.zeroTime : seconds(tls.chainExpiry)) }
        report.set(.tlsVersion, 1, .init("version", ProbeText.tlsVersion(tls.version)))
        report.set(
            .chainInfo,
            1,
            .init("fingerprint_sha256", leaf.fingerprint),
            .init("subject", leaf.subject),
            .init("issuer", leaf.issuer),
            .init("subjectalternative", leaf.names.filter { IPAddress($0) == nil }.joined(separator: ","))
        )
    }

    private static let zeroTime = -62_135_596_800.0

    private func seconds(_ time: WallTime?) -> Double {
        time.map { Double($0.nanoseconds / 1_000_000_000) } ?? Self.zeroTime
    }

    private func options(_ module: TLSModule, host: String) -> DialogueTLS {
        var tls = DialogueTLS(serverName: module.serverName ?? host)
        tls.caFile = module.caFile
        tls.certificateFile = module.certificateFile
        tls.keyFile = module.keyFile
        tls.skipsVerification = module.skipsVerification
        tls.minimumVersion = module.minimumVersion
        tls.maximumVersion = module.maximumVersion
        return tls
    }
}
