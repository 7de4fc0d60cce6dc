import Blackbox
import Glibc
import Model
import Probing
import Sockets
import Wire

extension ProbeRun {
    func probeHTTP() throws(ProbeRefusal) -> Bool {
        let module = order.module.http
        for gauge in Self.httpGauges { report.set(gauge, 0) }
        let url = TargetURL(order.target)
        let text = url.text.hasPrefix("http://") || url.text.hasPrefix("https://") ? "" : "http://"
        let target: Target
        do throws(TargetError) {
            target = try Target(parsing: text + url.text)
        } catch {
            note(.error, "Could not parse target URL", ["err": "\(error)"])
            return false
        }
        var address: IPAddress?
        if !module.skipsResolvingWithProxy || module.proxyURL == nil {
            let found = try resolve(target.host, module.addresses)
            report.add(.httpDuration, report.value(.lookupTime) ?? 0, .init("phase", "resolve"))
            guard let found else {
                note(.error, "Error resolving address")
                return false
            }
            address = found.address
        } else {
            try judge(target.host)
        }
        guard var task = task(target, address, module) else { return false }
        let lease = tools.bodies.lease()
        defer { lease.end() }
        task.lease = lease
        if case .http(var question) = task.question, let field = url.authorization,
            !question.fields.contains(where: { $0.name.lowercased() == "authorization" })
        {
            question.fields.append(field)
            task.question = .http(question)
        }
        if let file = module.tls.caFile, access(file, R_OK) != 0 {
            note(.error, "Error generating HTTP client", ["err": "unable to load specified CA cert \(file)"])
            return false
        }
        for phase in ["connect", "tls", "processing", "transfer"] {
            report.set(.httpDuration, 0, .init("phase", phase))
        }
        note(.info, "Making HTTP request", ["url": "\(target)", "host": target.host])
        if case .oauth2(let oauth)? = module.authorization, try !authorize(&task, oauth) {
            if module.failsIfNotTLS { note(.error, "Final request was not over SSL") }
            return false
        }
        return try judge(try wait(for: task), target, module, lease)
    }

    private static let httpGauges: [ProbeReport.Gauge] = [
        .contentLength, .bodyLength, .redirects, .httpSSL, .statusCode, .httpVersion, .failedDueToRegex,
    ]

    // MARK: The question

    private func task(_ target: Target, _ address: IPAddress?, _ module: HTTPModule) -> RequestTask? {
        var question = HTTPQuestion(method: module.method.isEmpty ? "GET" : module.method)
        question.fields = module.headers
        question.body = module.body.isEmpty ? nil : Array(module.body.utf8)
        question.followsRedirects = module.followsRedirects
        question.acceptsEveryStatus = true
        question.allowsHTTP2 = module.allowsHTTP2
        if let authorization = module.authorization {
            do throws(SecretError) {
                if let value = try authorization.value() { question.fields.append(.init("Authorization", value)) }
            } catch {
                note(.error, "Error generating HTTP client", ["err": error.description])
                return nil
            }
        }
        var named = target
        // The name that TLS is about: `server_name`, else the Host field, else the target's.
        let host = module.headers.first { $0.name.lowercased() == "host" }?.value
        if let name = module.tls.serverName ?? host, (try? Target(parsing: "https://\(name)/"))?.host == name,
            target.scheme == .https, address != nil
        {
            if host == nil { question.fields.append(.init("Host", target.authority)) }
            named.host = name
        }
        var task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: named,
            question: .http(question),
            timeout: end - SystemClock.monotonic(),
            caFile: module.tls.caFile,
            keepsResponse: true
        )
        task.address = address
        task.tls = RequestTLS(module.tls)
        task.keptBody = module.readsBody || !module.compression.isEmpty ? RequestTask.wholeBody : 0
        if let url = module.proxyURL {
            do throws(TargetError) {
                task.proxy = try ProxyServer(url: url.reveal())
                task.proxy?.caFile = module.tls.caFile
            } catch {
                note(.error, "Error generating HTTP client", ["err": "\(error)"])
                return nil
            }
        }
        return task
    }

    /// An answer that waited for its turn counts, as everywhere that one asks and waits.
    /// - Throws: when this host was too busy to look until the time was over: the target may have answered.
    func wait(for task: RequestTask) throws(ProbeRefusal) -> Outcome {
        var task = task
        task.takesLateAnswers = true
        let busy = ProbeRefusal(status: 503, message: "netprobe was too busy to measure; try again later")
        guard let inbox = try? Inbox<Outcome>() else { throw busy }
        tools.requests.ask(task) { inbox.post($0) }
        // The engine ends it in time; a second more is for one that is late.
        let last = end + .seconds(1)
        while SystemClock.monotonic() < last {
            if let outcome = inbox.take().first {
                if task.lease?.isRefused == true { throw Self.noRoom }
                guard outcome.result != .invalid(.overload) else { throw busy }
                return outcome
            }
            inbox.wait(last - SystemClock.monotonic())
        }
        throw busy
    }

    static let noRoom = ProbeRefusal(
        status: 503,
        message: "the bodies of other probes take all the memory that is set aside for them; try again later"
    )

    // MARK: The answer

    private func judge(
        _ outcome: Outcome,
        _ target: Target,
        _ module: HTTPModule,
        _ lease: BodyLease
    ) throws(ProbeRefusal) -> Bool {
        let facts = outcome.detail?.request
        take(facts)
        reportPhases(outcome)
        report.set(.redirects, Double(facts?.redirects ?? 0))
        let isDenied = outcome.result == .failed(.permission)
        guard !isDenied, let facts, let status = facts.status ?? plainStatus(facts, target) else {
            let reason = if case .failed(let reason) = outcome.result { "\(reason)" } else { "cancelled" }
            note(.error, "Error for HTTP request", ["err": outcome.detail?.message ?? "", "reason": reason])
            if module.failsIfNotTLS { note(.error, "Final request was not over SSL") }
            return false
        }
        // One that leads where nobody goes is an error of the request, as in Go.
        if module.followsRedirects, outcome.isAnswer, let location = facts.response?["location"], !location.isEmpty,
            [301, 302, 303, 307, 308].contains(status)
        {
            if TargetURL.leadsNowhere(location) { report.set(.redirects, Double(facts.redirects + 1)) }
            note(.error, "Error for HTTP request", ["err": "the redirect cannot be followed", "reason": "http_status"])
            if module.failsIfNotTLS { note(.error, "Final request was not over SSL") }
            return false
        }
        note(.info, "Received HTTP response", ["status_code": "\(status)"])
        report.set(.statusCode, Double(status))
        var isGood = HTTPRules.isGood(status: status, module)
        if !isGood { note(.info, "Invalid HTTP response status code", ["status_code": "\(status)"]) }
        let fields = facts.response?.fields ?? []
        if isGood, let objection = HTTPRules.objection(to: fields, module) {
            isGood = fail(objection)
        }
        let location = fields.first { $0.name.lowercased() == "location" }?.value ?? ""
        let isRedirect = [301, 302, 303, 307, 308].contains(status) && !location.isEmpty
        if isRedirect {
            note(.info, "Not following redirect")
            report.set(.redirects, Double(max(facts.redirects, 1)))
        }
        if !isRedirect {
            isGood = try judgeBody(facts, module, lease, isGood, didEnd: outcome.isAnswer)
        }
        if let text = facts.response?["last-modified"], let seconds = HTTPRules.seconds(ofDate: text) {
            report.set(.lastModified, Double(seconds))
        }
        if let version = facts.version ?? facts.proxy?.version {
            report.set(.httpVersion, Double(version) ?? 0)
            let name = HTTPRules.protocolName(version)
            if !module.validVersions.isEmpty, !module.validVersions.contains(name) {
                note(.error, "Invalid HTTP version number", ["version": name])
                isGood = false
            }
        }
        report.set(.contentLength, Double(contentLength(facts, status, module)))
        return judgeTLS(facts, module, isGood)
    }

    /// Of a proxy that forwards, its own refusal stands where the service's answer would.
    private func plainStatus(_ facts: RequestFacts, _ target: Target) -> Int? {
        target.scheme == .http ? facts.proxy?.status : nil
    }

    func fail(_ objection: HTTPRules.Objection) -> Bool {
        report.set(.failedDueToRegex, 1)
        note(.error, objection.message, ["regexp": objection.detail])
        return false
    }

    private func judgeTLS(_ facts: RequestFacts, _ module: HTTPModule, _ isGoodSoFar: Bool) -> Bool {
        guard let tls = facts.tls, tls.version != nil else {
            guard module.failsIfNotTLS else { return isGoodSoFar }
            note(.error, "Final request was not over SSL")
            return false
        }
        report.set(.httpSSL, 1)
        reportTLS(tls, skipsVerification: module.tls.skipsVerification)
        guard module.failsIfTLS else { return isGoodSoFar }
        note(.error, "Final request was over SSL")
        return false
    }

    /// What the head says; −1 where it says nothing and there may be a body.
    private func contentLength(_ facts: RequestFacts, _ status: Int, _ module: HTTPModule) -> Int64 {
        if status == 204 || status == 304, module.method != "HEAD" { return 0 }
        if facts.response?["transfer-encoding"] != nil { return -1 }
        if let text = facts.response?["content-length"], let value = Int64(text), value >= 0 { return value }
        return -1
    }

    private func reportPhases(_ outcome: Outcome) {
        for phase in outcome.detail?.phases ?? [] {
            let name =
                switch phase.name {
                case .resolve: "resolve"
                case .connect, .proxyConnect, .proxyTunnel: "connect"
                case .tls: "tls"
                case .request, .firstByte: "processing"
                case .transfer: "transfer"
                }
            report.add(.httpDuration, Double(phase.duration.nanoseconds) / 1e9, .init("phase", name))
        }
    }
}

extension RequestTask {
    /// As much of a body as a rule may look at; a longer one is a failure.
    static let wholeBody = 16 << 20
}

extension RequestTLS {
    init(_ module: TLSModule) {
        self.init()
        skipsVerification = module.skipsVerification
        certificateFile = module.certificateFile
        keyFile = module.keyFile
        leastMinorVersion = module.minimumVersion.flatMap(Self.minor)
        mostMinorVersion = module.maximumVersion.flatMap(Self.minor)
    }

    /// The last digit of `TLS12`.
    private static func minor(_ name: String) -> Int? { name.last.flatMap { Int(String($0)) } }
}

extension HTTPModule.Authorization {
    /// The field's value, revealed for one request; nil where a token is asked for first.
    func value() throws(SecretError) -> String? {
        switch self {
        case .oauth2: return nil
        case .basic(let username, let password):
            let secret = if let password { try password.reveal() } else { "" }
            return "Basic " + Base64.encode(Array("\(username):\(secret)".utf8))
        case .credentials(let type, let source): return "\(type) \(try source.reveal())"
        }
    }
}

extension Target {
    /// Host and port as the Host field has them.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port ?? 0)"
    }
}
