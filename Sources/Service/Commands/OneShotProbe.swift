import Document
import Model
import Probing
import Scheduling
import Settings
import Sockets
import Wire

/// What `netprobe probe` does: one probe of one target.
public struct OneShotProbe {
    public enum Output: String, CaseIterable, Sendable { case text, json }

    private let target: String
    private let config: String?
    private let timeout: String?
    private let via: String?
    private let isDebugging: Bool
    private let module: String?

    static let defaultTimeout: Duration = .milliseconds(800)

    /// - Parameters:
    ///   - module: of blackbox_exporter's file or the usual ones; nil probes by the target's scheme.
    ///   - via: name of a proxy of the configuration, or its URL; nil goes directly.
    public init(
        target: String,
        config: String?,
        module: String? = nil,
        timeout: String?,
        via: String? = nil,
        isDebugging: Bool
    ) {
        self.module = module
        self.target = target
        self.config = config
        self.timeout = timeout
        self.via = via
        self.isDebugging = isDebugging
    }

    /// - Parameter log: takes lines for standard error.
    public func run(log: (String) -> Void) -> OneShotResult {
        if let module { return run(module, log) }
        let parsed: Target
        do throws(TargetError) {
            parsed = try Target(parsing: target)
        } catch {
            log("netprobe probe: \(error)")
            return .refused(64)
        }
        let setup: Setup
        do throws(Refusal) {
            setup = try Setup(parsed, config: config, timeout: timeout, via: via, log: log)
        } catch {
            if let line = error.line { log("netprobe probe: \(line)") }
            return .refused(error.status)
        }
        if let question = setup.question { return request(parsed, question, setup, log: log) }
        guard ProbePlan.kind(of: parsed) != nil else {
            let schemes = ProbePlan.supported.map(\.rawValue).sorted().joined(separator: ", ")
            log("netprobe probe: no probe for \(parsed.scheme.rawValue)://; allowed: \(schemes)")
            return .refused(64)
        }
        let limit = setup.timeout
        let started = SystemClock.monotonic()
        let addresses = addresses(of: parsed, log: log)
        let resolving = parsed.address == nil ? SystemClock.monotonic() - started : nil
        var result: OneShotResult
        switch addresses {
        case .failure(let failure):
            result = OneShotResult(target: parsed, reason: failure.reason, status: 69)
        case .success(let addresses):
            result = probe(parsed, at: addresses[0], limit, log: log)
            // A TCP name is well when one of its addresses is.
            for address in addresses.dropFirst().prefix(7) where parsed.scheme == .tcp && result.refuses {
                result = probe(parsed, at: address, limit, log: log)
            }
        }
        result.resolving = resolving
        return result
    }

    private func run(_ module: String, _ log: (String) -> Void) -> OneShotResult {
        do throws(Refusal) {
            guard via == nil else {
                throw Refusal(line: "--via does not go with --module: its proxy_url says the way", status: 64)
            }
            let probe = ModuleProbe(
                target: target,
                module: module,
                config: config,
                timeout: try timeout.map(Setup.duration),
                isDebugging: isDebugging
            )
            return try probe.run(log)
        } catch {
            if let line = error.line { log("netprobe probe: \(line)") }
            return .refused(error.status)
        }
    }

    private func request(
        _ target: Target,
        _ question: RequestQuestion,
        _ setup: Setup,
        log: (String) -> Void
    ) -> OneShotResult {
        let request = OneShotRequest(
            target: target,
            question: question,
            proxy: setup.proxy,
            timeout: setup.timeout,
            caFile: setup.caFile,
            tls: setup.tls,
            stateDirectory: setup.stateDirectory
        )
        do throws(SystemError) {
            return try request.run(log) { if isDebugging { log($0) } }
        } catch {
            log("netprobe probe: \(error)")
            return OneShotResult(target: target, reason: .internal, status: 1)
        }
    }

    /// - Returns: one at least.
    private func addresses(of target: Target, log: (String) -> Void) -> Result<[IPAddress], ResolutionFailure> {
        if let address = target.address { return .success([address]) }
        let resolution = SystemLookup.resolve(target.host)
        switch resolution {
        case .addresses(let addresses):
            if isDebugging { log("resolve: \(target.host) is \(addresses.map(\.description).joined(separator: ", "))") }
            return addresses.isEmpty ? .failure(ResolutionFailure(reason: .dnsError)) : .success(addresses)
        case .failed(let reason):
            log("netprobe probe: '\(target.host)' does not resolve (\(reason)): check the name and /etc/resolv.conf")
            return .failure(ResolutionFailure(reason: reason))
        }
    }

    private func probe(
        _ target: Target,
        at address: IPAddress,
        _ limit: Duration,
        log: (String) -> Void
    ) -> OneShotResult {
        guard let kind = ProbePlan.kind(of: target) else { return .refused(64) }
        if isDebugging { log("probe: \(target) at \(address), timeout \(limit.text)") }
        let task = ProbeTask(
            id: ProbeID(rawValue: 0),
            kind: kind,
            destination: address,
            port: target.port,
            timeout: limit
        )
        do throws(SystemError) {
            let outcome = try ProbeEngine.probeOnce(task)
            if isDebugging { log("outcome: \(outcome.result)") }
            if outcome.result == .failed(.permission) { log("netprobe probe: \(EngineCapabilities.grantHint)") }
            return OneShotResult(target: target, outcome: outcome)
        } catch {
            log("netprobe probe: \(error)")
            return OneShotResult(target: target, reason: .internal, status: 1)
        }
    }

    private struct ResolutionFailure: Error {
        let reason: Reason
    }
}
