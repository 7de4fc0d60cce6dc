import Document
import Model

extension SectionReader {
    mutating func readAlerting(_ root: MappingReader) {
        guard let reader = root.mapping("alerting", Schema.alerting) else { return }
        var alerting = AlertingSettings()
        var seen: [SecretURL: Mark] = [:]
        alerting.alertmanagers = reader.items("alertmanagers").compactMap { node in
            guard let alertmanager = alertmanager(node) else { return nil }
            let place = node["url"]?.mark ?? node.mark
            if let first = seen[alertmanager.url] {
                log.error("the same Alertmanager is also at \(first)", at: place, allowed: "each once")
            }
            seen[alertmanager.url] = seen[alertmanager.url] ?? place
            return alertmanager
        }
        alerting.webhooks = reader.items("webhooks").compactMap(webhook)
        let endsAfter = Format.duration(.seconds(120)...(.seconds(86_400)))
        alerting.endsAfter = reader.value("ends_after", endsAfter, default: alerting.endsAfter)
        alerting.runbooks = reader.optional("runbooks", .url(variables, display: .whole))
        alerting.rules = rules(reader)
        alerting.dryRun = reader.value("dry_run", .boolean, default: false)
        configuration.alerting = alerting
    }

    private func alertmanager(_ node: Node) -> AlertmanagerSettings? {
        guard node.entries != nil else {
            let url = Format.url(variables, display: .whole).read(node, log)
            refuseQuery(url, at: node.mark)
            return url.map { AlertmanagerSettings(url: $0) }
        }
        guard let reader = MappingReader(node, Schema.alertmanager, log) else { return nil }
        let url = reader.required("url", .url(variables, display: .whole))
        refuseQuery(url, at: reader.mark(of: "url"))
        let credentials = credentials(reader)
        let caFile = readableFile("ca_file", reader)
        return url.map { AlertmanagerSettings(url: $0, credentials: credentials, caFile: caFile) }
    }

    /// The path of the API is put behind the URL.
    private func refuseQuery(_ url: SecretURL?, at mark: Mark) {
        guard let text = url?.reveal(), text.contains("?") || text.contains("#") else { return }
        log.error(
            "the URL of an Alertmanager has a query or a fragment",
            at: mark,
            allowed: "scheme, host, port and path; credentials as bearer_token or basic_auth"
        )
    }

    private func credentials(_ reader: MappingReader) -> AlertmanagerSettings.Credentials? {
        let token = secret("bearer_token", reader)
        guard let basic = reader.mapping("basic_auth", Schema.basicAuthentication) else {
            return token.map { .bearer($0) }
        }
        if token != nil {
            let allowed = "one of basic_auth, bearer_token, bearer_token_file"
            log.error("both basic_auth and a bearer token", at: reader.mark(of: "basic_auth"), allowed: allowed)
        }
        let username = basic.required("username", .text)
        let password = secret("password", basic)
        if password == nil, basic.node("password") == nil, basic.node("password_file") == nil {
            log.error("password_file is missing", at: basic.mark, allowed: "password_file, or password: ${NAME}")
        }
        guard let username, let password else { return nil }
        return .basic(username: username, password: password)
    }

    private func webhook(_ node: Node) -> Webhook? {
        guard let reader = MappingReader(node, Schema.webhook, log) else { return nil }
        let format = reader.value("format", .choice, default: Webhook.Format.alertmanager)
        // PagerDuty's key is not in its URL.
        let display = format == .pagerduty ? URLDisplay.whole : .hostOnly
        let url = reader.optional("url", .url(variables, display: display))
        let file = secretFile("url_file", reader)
        let key = secret("routing_key", reader)
        checkRoutingKey(key, format, reader)
        if reader.node("url") != nil, reader.node("url_file") != nil {
            log.error("both url and url_file", at: reader.mark(of: "url_file"), allowed: "one of url, url_file")
        }
        if let url { return Webhook(address: .url(url), format: format, routingKey: key) }
        if let file { return Webhook(address: .file(file), format: format, routingKey: key) }
        if format == .pagerduty, reader.node("url") == nil {
            let events = "https://events.pagerduty.com/v2/enqueue"
            let url = SecretURL(secret: Secret(events), redacted: events)
            return Webhook(address: .url(url), format: format, routingKey: key)
        }
        if reader.node("url") == nil, reader.node("url_file") == nil {
            log.error("the webhook has no URL", at: reader.mark, allowed: "one of url, url_file")
        }
        return nil
    }

    private func checkRoutingKey(_ key: SecretSource?, _ format: Webhook.Format, _ reader: MappingReader) {
        let written = ["routing_key", "routing_key_file"].first { reader.node($0) != nil }
        if format == .pagerduty, written == nil {
            let allowed = "routing_key_file, or routing_key: ${NAME}"
            log.error("routing_key_file is missing", at: reader.mark, allowed: allowed)
        }
        if format != .pagerduty, let written {
            let message = "\(written) means nothing to format \(format.rawValue)"
            log.error(message, at: reader.mark(of: written), allowed: "format: pagerduty")
        }
    }

    private func rules(_ alerting: MappingReader) -> [String: AlertRuleOverride] {
        var result: [String: AlertRuleOverride] = [:]
        for entry in alerting.entries("rules") {
            guard AlertNames.all.contains(entry.key) else {
                reportUnknown(entry.key, "alert", at: entry.mark, known: AlertNames.all)
                continue
            }
            if entry.value.text == "off" {
                result[entry.key] = .off
            } else if entry.value.entries != nil, let reader = MappingReader(entry.value, Schema.rule, log) {
                result[entry.key] = AlertRuleOverride(
                    holdFor: reader.optional("for", .hold),
                    severity: reader.optional("severity", .choice)
                )
            } else if entry.value.entries == nil {
                let allowed = "off, or a mapping of for, severity"
                log.error(
                    "expected off or a mapping, found \(entry.value.kind)",
                    at: entry.value.mark,
                    allowed: allowed
                )
            }
        }
        return result
    }
}
