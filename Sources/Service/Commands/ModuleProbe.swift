import Blackbox
import Document
import Model
import Probing
import Scheduling
import Settings
import Sockets
import Web

/// What a probe by a module came to.
struct ModuleAnswer: Sendable, Equatable {
    /// A step of a probe under the name that `/probe` has for it.
    struct Step: Sendable, Equatable {
        var name: String
        var duration: Duration
    }

    var target: String
    var module: String
    /// Nil on success.
    var reason: Reason?
    var duration: Duration
    var steps: [Step]
    /// Of HTTP.
    var status: Int?
    /// Nil where none was used, as with `tls`.
    var proxy: ProxyFacts?
    var tls: TLSFacts?
    /// What `/probe` answers.
    var text: String

    /// The keys of contract §3; what a module does not say is null.
    var json: JSONValue {
        .object([
            ("target", .string(target)), ("success", .bool(reason == nil)),
            ("reason", reason.map { .string($0.rawValue) } ?? .null),
            ("duration_ns", .integer(duration.nanoseconds)),
            ("phases_ns", .object(steps.map { ($0.name, .integer($0.duration.nanoseconds)) })),
            ("proxy", proxy?.json ?? .null), ("tls", tls?.json ?? .null),
            ("status", status.map { .integer(Int64($0)) } ?? .null),
            ("module", .string(module)),
        ])
    }
}

/// What `netprobe probe --module` does: one probe as `/probe` does it, with the modules of the configuration.
struct ModuleProbe {
    let target: String
    let module: String
    let config: String?
    let timeout: Duration?
    let isDebugging: Bool

    func run(_ log: (String) -> Void) throws(OneShotProbe.Refusal) -> OneShotResult {
        var limits = TargetLimits()
        var stateDirectory: String?
        var file: String?
        if let config {
            let configuration = try OneShotProbe.Setup.load(config, log)
            limits = TargetLimits(allow: configuration.server.probeAllow, deny: configuration.server.probeDeny)
            stateDirectory = configuration.stateDirectory
            file = configuration.server.modules
        }
        let loaded = ModuleFile.load(file)
        for diagnostic in loaded.diagnostics { log(diagnostic.description) }
        guard let modules = loaded.modules else { throw OneShotProbe.Refusal(line: nil, status: 65) }
        guard modules[module] != nil else {
            let names = modules.keys.sorted().prefix(60).joined(separator: ", ")
            throw OneShotProbe.Refusal(line: "--module: no module of that name; there are \(names)", status: 64)
        }
        let run = try start(modules, limits, stateDirectory, log)
        defer { run.tools.requests.stop() }
        return try result(of: run)
    }

    private func start(
        _ modules: [String: ProbeModule],
        _ limits: TargetLimits,
        _ stateDirectory: String?,
        _ log: (String) -> Void
    ) throws(OneShotProbe.Refusal) -> ProbeRun {
        var order: ProbeOrder
        do throws(ProbeRefusal) {
            let query = WebSource.ProbeQuery(
                target: target,
                module: module,
                hostname: "",
                isDebugging: isDebugging,
                timeout: nil
            )
            order = try ProbeOrder(query, modules)
        } catch {
            throw OneShotProbe.Refusal(line: error.message, status: 64)
        }
        if let timeout { order.timeout = Double(timeout.nanoseconds) / 1e9 }
        let proxy = order.module.http.proxyURL.flatMap { try? ProxyServer(url: $0.reveal()) }
        do throws(SystemError) {
            let lookup = NameResolver(threads: 2).hostLookup
            let requests = try RequestEngine(
                lookup: lookup,
                credentials: CredentialBook(of: proxy, stateDirectory: stateDirectory, log),
                rule: AddressRule(
                    permits: { limits.permits($0) },
                    permitsUnknown: { limits.permitsUnknown },
                    permitsOwn: { limits.permitsOwn($0) }
                ),
                deliver: { _ in }
            )
            return ProbeRun(order, limits, ProbeDesk.Tools(lookup: lookup, requests: requests))
        } catch {
            throw OneShotProbe.Refusal(line: "\(error)", status: 1)
        }
    }

    private func result(of run: ProbeRun) throws(OneShotProbe.Refusal) -> OneShotResult {
        ProbeDesk.ignoreBrokenPipes()
        let text: String
        switch run.answer(isDebugging) {
        case .metrics(let metrics): text = metrics
        case .debug(let debug): text = debug
        case .refused(let status, let message):
            throw OneShotProbe.Refusal(line: message, status: status == 403 ? 77 : 1)
        }
        let status = run.report.value(.statusCode).flatMap { $0 > 0 ? Int($0) : nil }
        let isGood = run.report.value(.success) == 1
        let reason = isGood ? nil : run.reason ?? (status == nil ? .expectMismatch : .httpStatus)
        let seconds = run.report.value(.duration) ?? 0
        let answer = ModuleAnswer(
            target: target,
            module: module,
            reason: reason,
            duration: .nanoseconds(Int64(seconds * 1e9)),
            steps: Self.steps(run.report),
            status: status,
            proxy: run.proxy,
            tls: run.tls,
            text: text
        )
        let isUnknown = reason?.isOfResolution == true && run.order.prober != .dns
        return OneShotResult(answer, status: isGood ? 0 : isUnknown ? 69 : reason == .permission ? 77 : 1)
    }

    private static func steps(_ report: ProbeReport) -> [ModuleAnswer.Step] {
        let gauges: [ProbeReport.Gauge] = [.httpDuration, .dnsDuration, .icmpDuration, .grpcDuration]
        let names = ["resolve", "setup", "connect", "tls", "processing", "request", "rtt", "check", "transfer"]
        return names.compactMap { name in
            let values = gauges.compactMap { report.value($0, .init("phase", name)) }
            return values.first.map { .init(name: name, duration: .nanoseconds(Int64($0 * 1e9))) }
        }
    }
}
