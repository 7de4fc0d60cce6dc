import Blackbox
import Model
import Probing
import Sockets
import Wire

extension ProbeRun {
    func probeGRPC() throws(ProbeRefusal) -> Bool {
        let module = order.module.grpc
        report.set(.grpcDuration, 0, .init("phase", "resolve"))
        for gauge in [ProbeReport.Gauge.grpcSSL, .grpcStatus, .earliestExpiry] { report.set(gauge, 0) }
        guard var target = grpcTarget(module) else { return false }
        guard let found = try resolve(target.host, module.addresses) else {
            note(.error, "Error resolving address")
            return false
        }
        report.set(.grpcDuration, found.seconds, .init("phase", "resolve"))
        var question = HTTPQuestion(method: "POST", followsRedirects: false, acceptsEveryStatus: true)
        question.requiresHTTP2 = true
        question.fields = [.init("Content-Type", "application/grpc"), .init("TE", "trailers")]
        question.body = HealthCheck.request(module.service)
        // The name that TLS is about.
        if let name = module.tls.serverName, module.usesTLS {
            question.fields.append(.init("Host", target.authority))
            target.host = name
        }
        var task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: target,
            question: .http(question),
            timeout: end - SystemClock.monotonic(),
            caFile: module.tls.caFile,
            keepsResponse: true
        )
        task.address = found.address
        task.tls = RequestTLS(module.tls)
        note(.debug, module.usesTLS ? "Dialing GRPC with TLS" : "Dialing GRPC without TLS")
        let begun = SystemClock.monotonic()
        let outcome = try wait(for: task)
        report.set(.grpcDuration, elapsed(since: begun), .init("phase", "check"))
        return judge(outcome, module)
    }

    /// As the exporter reads it: a URL of http, whatever TLS there is; 80 or 443 where no port is written.
    private func grpcTarget(_ module: GRPCModule) -> Target? {
        let scheme = module.usesTLS ? "https://" : "http://"
        var text = order.target
        for prefix in ["http://", "https://"] where text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
        text = String(text.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
        do throws(TargetError) {
            return try Target(parsing: scheme + text + HealthCheck.path)
        } catch {
            note(.error, "Could not parse target URL", ["err": "\(error)"])
            return nil
        }
    }

    private func judge(_ outcome: Outcome?, _ module: GRPCModule) -> Bool {
        for status in HealthCheck.ServingStatus.allCases {
            report.set(.grpcHealth, 0, .init("serving_status", status.name))
        }
        let facts = outcome?.detail?.request
        take(facts)
        let code = code(outcome, module)
        report.set(.grpcStatus, Double(code))
        guard code == HealthCheck.Code.ok.rawValue, let body = facts?.response?.body,
            let status = HealthCheck.status(in: body)
        else {
            let message = facts?.response?.trailer("grpc-message") ?? outcome?.detail?.message ?? ""
            note(.error, "can't connect grpc server:", ["code": "\(code)", "err": message])
            return false
        }
        report.set(.grpcHealth, 1, .init("serving_status", status.name))
        if let tls = facts?.tls, tls.version != nil {
            report.set(.grpcSSL, 1)
            reportTLS(tls, skipsVerification: module.tls.skipsVerification, hasChain: false)
        }
        if status != .serving { note(.error, "can't connect grpc server:", ["serving_status": status.name]) }
        return status == .serving
    }

    /// The status of gRPC: the server's, or what the failure is by its own words.
    private func code(_ outcome: Outcome?, _ module: GRPCModule) -> Int {
        guard let outcome, let response = outcome.detail?.request?.response else {
            if case .failed(.timeout)? = outcome?.result { return HealthCheck.Code.deadlineExceeded.rawValue }
            return HealthCheck.Code.unavailable.rawValue
        }
        if case .failed(.timeout) = outcome.result { return HealthCheck.Code.deadlineExceeded.rawValue }
        guard outcome.detail?.request?.version == "2" else { return HealthCheck.Code.unavailable.rawValue }
        if let text = response.trailer("grpc-status") {
            guard let code = Int(text), code >= 0 else { return HealthCheck.Code.unknown.rawValue }
            let isWhole = code != 0 || HealthCheck.status(in: response.body) != nil
            return isWhole ? code : HealthCheck.Code.internal.rawValue
        }
        return HealthCheck.code(ofHTTP: response.status).rawValue
    }
}
