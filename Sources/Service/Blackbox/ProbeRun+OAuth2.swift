import Blackbox
import Model
import Probing
import Sockets
import Wire

/// Why no token is to be had.
private struct TokenFailure: Error {
    var reason: Reason
    var message: String
    /// The server has answered, and may take the credentials in another style.
    var isAnswer = false
}

// The token that a module's requests bear: asked for at each probe, as the exporter does it, and kept for no other.
extension ProbeRun {
    /// Gives a request its token.
    /// - Returns: false, with a line in the log, where none is to be had.
    func authorize(_ task: inout RequestTask, _ module: OAuth2Module) throws(ProbeRefusal) -> Bool {
        guard case .http(var question) = task.question else { return true }
        let agent = question.fields.filter { $0.name.lowercased() == "user-agent" }
        var failure = TokenFailure(reason: .timeout, message: "no time is left")
        for style in tools.tokenStyles.styles(for: module.tokenURL) where SystemClock.monotonic() < end {
            switch try token(module, style, agent) {
            case .success(let value):
                tools.tokenStyles.note(style, for: module.tokenURL)
                question.fields.removeAll { $0.name.lowercased() == "authorization" }
                question.fields.append(.init("Authorization", value.reveal()))
                task.question = .http(question)
                task.timeout = end - SystemClock.monotonic()
                return true
            case .failure(let found):
                failure = found
            }
            guard failure.isAnswer else { break }
        }
        let message = "oauth2: cannot fetch token: \(failure.message)"
        note(.error, "Error for HTTP request", ["err": message, "reason": "\(failure.reason)"])
        return false
    }

    private func token(
        _ module: OAuth2Module,
        _ style: TokenRequest.Style,
        _ agent: [HTTPResponse.Field]
    ) throws(ProbeRefusal) -> Result<Secret, TokenFailure> {
        let prepared = Result { () throws(TokenFailure) in try self.task(module, style, agent) }
        switch prepared {
        case .failure(let failure): return .failure(failure)
        case .success(let task):
            let outcome = try wait(for: task)
            return Result { () throws(TokenFailure) in try Self.token(in: outcome) }
        }
    }

    // MARK: The request

    private func task(
        _ module: OAuth2Module,
        _ style: TokenRequest.Style,
        _ agent: [HTTPResponse.Field]
    ) throws(TokenFailure) -> RequestTask {
        let url = TargetURL(module.tokenURL.reveal())
        guard let target = try? Target(parsing: url.text), [.http, .https].contains(target.scheme) else {
            throw TokenFailure(reason: .internal, message: "token_url is no URL of http or https")
        }
        var task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: target,
            question: .http(try question(module, style, url.authorization, agent)),
            timeout: end - SystemClock.monotonic(),
            caFile: module.tls.caFile,
            keepsResponse: true
        )
        task.tls = RequestTLS(module.tls)
        task.isOwn = true
        if let url = module.proxyURL {
            do throws(TargetError) {
                task.proxy = try ProxyServer(url: url.reveal())
                task.proxy?.caFile = module.tls.caFile
            } catch {
                throw TokenFailure(reason: .internal, message: "proxy_url: \(error)")
            }
            guard let address = NumericHost.address(of: target.host), !limits.permitsOwn(address) else { return task }
            throw TokenFailure(reason: .permission, message: "\(address) may not be asked")
        }
        if let name = module.tls.serverName { try rename(&task, name) }
        return task
    }

    private func question(
        _ module: OAuth2Module,
        _ style: TokenRequest.Style,
        _ user: HTTPResponse.Field?,
        _ agent: [HTTPResponse.Field]
    ) throws(TokenFailure) -> HTTPQuestion {
        let secret: String
        do throws(SecretError) {
            secret = try module.clientSecret.reveal()
        } catch {
            throw TokenFailure(reason: .internal, message: error.description)
        }
        let request: TokenRequest
        do throws(TokenRequest.Mistake) {
            request = try TokenRequest(module, secret: secret, style: style)
        } catch {
            throw TokenFailure(reason: .internal, message: error.message)
        }
        let own = request.authorization.map { HTTPResponse.Field("Authorization", $0.reveal()) }
        var question = HTTPQuestion(method: "POST", body: Array(request.body.reveal().utf8), allowsHTTP2: false)
        question.fields = agent + [.init("Content-Type", "application/x-www-form-urlencoded")]
        if let field = own ?? user { question.fields.append(field) }
        // A secret in the body would go wherever a redirect leads.
        question.followsRedirects = style == .field
        return question
    }

    /// The name that TLS is about is another than the URL's.
    private func rename(_ task: inout RequestTask, _ name: String) throws(TokenFailure) {
        let target = task.target
        guard target.scheme == .https, (try? Target(parsing: "https://\(name)/"))?.host == name,
            case .http(var question) = task.question
        else { return }
        switch addresses(of: target.host) {
        case .failed(let reason): throw TokenFailure(reason: reason, message: "'\(target.host)' does not resolve")
        case .addresses(let found): task.address = found.first
        }
        question.fields.append(.init("Host", target.authority))
        task.question = .http(question)
        task.target.host = name
    }

    // MARK: The answer

    private static func token(in outcome: Outcome) throws(TokenFailure) -> Secret {
        let facts = outcome.detail?.request
        let response = facts?.response
        let type = response?["content-type"]
        guard outcome.isAnswer, let response else {
            let code = response.flatMap { TokenAnswer.errorCode(contentType: type, body: $0.body) }
            let message = (outcome.detail?.message ?? "no answer") + (code.map { " (\($0))" } ?? "")
            let reason: Reason = if case .failed(let reason) = outcome.result { reason } else { .cancelled }
            throw TokenFailure(reason: reason, message: message, isAnswer: facts?.status != nil)
        }
        guard facts?.bodyBytes == Int64(response.body.count) else {
            let message = "the answer has more than \(RequestTask.usualBody >> 10) KiB"
            throw TokenFailure(reason: .httpBody, message: message, isAnswer: true)
        }
        do throws(TokenAnswer.Mistake) {
            return try TokenAnswer.authorization(contentType: type, body: response.body)
        } catch {
            throw TokenFailure(reason: .httpBody, message: error.message, isAnswer: true)
        }
    }
}
