internal import HTTPTypes
internal import Metering
internal import Model
internal import NIOCore

/// Finds the answer to a request; free of connections, so that it can be asked directly.
struct WebResponder: Sendable {
    private let source: WebSource
    private let scrapes: SharedRendering
    private let gate: ScrapeGate

    init(source: WebSource, limits: WebLimits) {
        self.source = source
        scrapes = SharedRendering(render: source.metrics)
        gate = ScrapeGate(limit: limits.scrapes)
    }

    /// The answer, and for a scrape its place among those that run: to be kept until the answer is written.
    func answer(to request: WebRequest) async -> (response: WebResponse, scrape: ScrapeGate.Place?) {
        guard let route = Route(rawValue: String(request.path)) else {
            return (.line(.notFound, "404 not found; / lists what there is"), nil)
        }
        guard route.allowed.contains(request.method) else {
            let allowed = route.allowed.joined(separator: ", ")
            var response = WebResponse.line(.methodNotAllowed, "405 method not allowed; allowed: \(allowed)")
            response.headers[.allow] = allowed
            return (response, nil)
        }
        guard route == .metrics else { return (await answer(route, request), nil) }
        guard let place = gate.enter() else {
            let text = "503 \(gate.limit) scrapes are running already; try again later"
            return (.line(.serviceUnavailable, text), nil)
        }
        return (await metrics(request), place)
    }

    private func metrics(_ request: WebRequest) async -> WebResponse {
        let format = ExpositionFormat.negotiated(accept: request.headers[.accept])
        let body = await scrapes.body(format, gzip: AcceptEncoding.allowsGzip(request.headers[.acceptEncoding]))
        var response = WebResponse(.ok, contentType: format.contentType, body: body.bytes)
        if body.isGzip { response.headers[.contentEncoding] = "gzip" }
        response.headers[.vary] = "Accept, Accept-Encoding"
        return response
    }

    private func answer(_ route: Route, _ request: WebRequest) async -> WebResponse {
        switch route {
        case .home, .metrics: home()
        case .links: json(await source.links())
        case .paths: json(await source.paths())
        case .alerts: json(await source.alerts())
        case .events: json(await source.events())
        case .path: await path(request)
        case .probe: await probe(request)
        case .configuration:
            WebResponse(.ok, contentType: "text/yaml; charset=utf-8", text: await source.configuration())
        case .healthy: .line(.ok, "netprobe is healthy")
        case .ready: ready(await source.readiness())
        case .reload: await reload(request)
        }
    }

    /// A trace sends packets: a page of another site must not let a visitor's browser ask for one.
    private func path(_ request: WebRequest) async -> WebResponse {
        let target = request.parameter("target") ?? ""
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
            return refused(target, .init(.denied, "a trace for another site is refused", exitStatus: 64))
        }
        guard !target.isEmpty else {
            let message = "target is missing; write /api/v1/path?target=10.1.0.4"
            return refused(target, .init(.unusable, message, exitStatus: 64))
        }
        if let other = request.parameter(otherThan: ["target"]) {
            let message = "parameter '\(other.prefix(64))' is not known; allowed: target"
            return refused(target, .init(.unusable, message, exitStatus: 64))
        }
        guard request.count(of: "target") == 1 else {
            return refused(target, .init(.unusable, "target is given more than once", exitStatus: 64))
        }
        switch await source.path(target) {
        case .success(let report): return json(report)
        case .failure(let refusal): return refused(target, refusal)
        }
    }

    private func refused(_ target: String, _ refusal: WebSource.PathRefusal) -> WebResponse {
        let status: HTTPTypes.HTTPResponse.Status =
            switch refusal.kind {
            case .unusable: .badRequest
            case .denied: .forbidden
            case .busy: .serviceUnavailable
            case .failed: .internalServerError
            }
        let failure = CommandFailure(target: target, message: refusal.message, exitStatus: refusal.exitStatus)
        return json(failure.json, status)
    }

    /// The answers of blackbox_exporter, byte for byte where they are no metrics.
    private func probe(_ request: WebRequest) async -> WebResponse {
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
            return .line(.forbidden, "403 a probe for another site is refused")
        }
        let query = WebSource.ProbeQuery(
            target: request.formParameter("target") ?? "",
            module: request.formParameter("module") ?? "",
            hostname: request.formParameter("hostname") ?? "",
            isDebugging: request.formParameter("debug") == "true",
            timeout: request.headers[.scrapeTimeout]
        )
        switch await source.probe(query) {
        case .metrics(let text):
            return WebResponse(.ok, contentType: "text/plain; version=0.0.4; charset=utf-8", text: text)
        case .debug(let text): return WebResponse(.ok, contentType: "text/plain", text: text)
        case .refused(let status, let text): return .line(.init(code: status), text)
        }
    }

    private func home() -> WebResponse {
        var response = WebResponse(
            .ok,
            contentType: "text/html; charset=utf-8",
            text: LandingPage.render(source.about())
        )
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return response
    }

    private func json(_ value: JSONValue, _ status: HTTPTypes.HTTPResponse.Status = .ok) -> WebResponse {
        var response = WebResponse(status, contentType: "application/json", text: value.text() + "\n")
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func ready(_ readiness: WebSource.Readiness) -> WebResponse {
        switch readiness {
        case .ready: .line(.ok, "netprobe is ready")
        case .notReady(let reason): .line(.serviceUnavailable, "netprobe is not ready: \(reason)")
        }
    }

    /// A page of another site must not be able to reload through a visitor's browser (Fetch Metadata).
    private func reload(_ request: WebRequest) async -> WebResponse {
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
            return .line(.forbidden, "403 a reload from another site is refused")
        }
        switch await source.reload() {
        case .success: return .line(.ok, "configuration reloaded")
        case .failure(let failure): return .line(.internalServerError, "reload failed: \(failure.message)")
        }
    }
}

extension HTTPField.Name {
    /// Fetch Metadata Request Headers (W3C); every name here is a valid token.
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin
    /// What Prometheus leaves a scrape.
    static let scrapeTimeout = HTTPField.Name("X-Prometheus-Scrape-Timeout-Seconds") ?? .origin
}
