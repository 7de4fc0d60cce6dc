internal import Model
internal import Sockets
internal import Wire

extension RequestAttempt {
    // MARK: The service's answer

    func judge(_ transfer: Transfer) {
        guard depth == .request else { return end(answered, transfer) }
        guard let head = transfer.head else {
            return end(.failed(.httpStatus), message: "the answer has no head", transfer)
        }
        if question.followsRedirects, let next = Redirect.target(of: head, from: target, question) {
            redirects += 1
            guard redirects <= Self.mostRedirects else {
                return end(.failed(.httpStatus), message: "more than \(Self.mostRedirects) redirects", transfer)
            }
            question = Redirect.question(question, after: head.status, from: target, to: next)
            target = next
            // What the answer comes over counts, and not what led there.
            tls = nil
            return resolve()
        }
        if head.status == 407, task.proxy == nil {
            let isTransparent = target.scheme == .http
            let message =
                isTransparent
                ? "a proxy stands in the way and answers 407 in the service's place"
                : "the service itself answers 407; no proxy was asked"
            return end(.failed(isTransparent ? .intercepted : .httpStatus), message: message, transfer)
        }
        if head.status == 407, !question.isGood(407) {
            let message = "the service itself answers 407; the proxy let the request through"
            return end(.failed(.httpStatus), message: message, transfer)
        }
        if !question.isGood(head.status), !transfer.order.tunnels, let proxy = task.proxy,
            let error = SquidPage.error(of: head, port: proxy.port)
        {
            let message = "the proxy itself answers with \(head.status) (\(error))"
            return end(.failed(.proxyDenied), message: message, transfer)
        }
        guard question.isGood(head.status) else {
            return end(.failed(.httpStatus), message: "the status is \(head.status)", transfer)
        }
        let body = String(decoding: transfer.body, as: UTF8.self)
        if let missing = question.texts.first(where: { !body.contains($0) }) {
            return end(.failed(.httpBody), message: "'\(missing)' is not in the body", transfer)
        }
        end(answered, transfer)
    }

    // MARK: Name servers

    func ask(_ query: DNSQuery, at address: IPAddress) {
        if let failure = loop.obstacle(task, to: address) { return end(failure.result, message: failure.message) }
        do throws(SystemError) {
            let server = SocketAddress(address, port: target.port ?? 53)
            state = .asking(try loop.ask(query, server, for: self))
        } catch {
            let isUsable = error.code != 19 /* ENODEV */
            let failure = SendFailure(error, pin: task.pin, interfaceUsable: isUsable)
            end(failure.result, message: failure.message)
        }
    }

    func took(_ step: DNSExchange.Step) {
        guard case .asking(let exchange) = state, case .dns(let query) = task.question else { return }
        switch step {
        case .inProgress: break
        case .failed(let result, let message, let responder):
            finish(exchange)
            end(result, message: message, responder: responder)
        case .answered(let answer, let transport):
            finish(exchange)
            let verdict = DNSVerdict(answer, to: query, over: transport)
            dns = verdict.facts
            end(verdict.reason.map { .failed($0) } ?? answered, message: verdict.message)
        }
    }

    func finish(_ exchange: DNSExchange) {
        exchange.end()
        phases.add(exchange.phases)
        loop.endExchange(of: self)
    }

    var answered: Outcome.Result {
        .answered(roundTrip: .nanoseconds(SystemClock.monotonic().nanoseconds - startedAt), clock: .user)
    }
}
