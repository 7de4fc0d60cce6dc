import Document

extension Schema {
    static let storage = Section(
        "storage[]",
        "A storage account whose services must be reachable.",
        [
            .init("account", "name of an account", default: nil, "3 to 24 small letters and digits; unique."),
            .init("services", "list of blob, dfs, file, queue, table, web", default: "[blob]", "Which to probe."),
            .init("suffix", "host", default: "core.windows.net", "Domain of the cloud."),
            .init("expect", "public, private, firewall_denied", default: "public", "How it must be reachable."),
            .init(
                "via",
                "list of `NAME` or `{NAME: allow}` or `{NAME: deny}`",
                default: "[direct]",
                "Ways to go, `direct` or a proxy, and whether each must work."
            ),
            .init("link", "name of a link", default: "null", "Whose traffic it is."),
            .init("interval", "duration, 1s to 24h", default: "30s", "Between two rounds."),
            .init("endpoint", "URL", default: "null", "In place of `https://ACCOUNT.SERVICE.SUFFIX`."),
            .init("ca_file", "path of a file", default: "null", "Authorities that sign its certificate."),
            .init(
                "allow_list",
                "path of a file",
                default: "null",
                "`ServiceTags_Public_*.json` or `PublicIPs_*.xml` that must cover the answers."
            ),
        ]
    )

    static let proxy = Section(
        "proxies[]",
        "An HTTP proxy.",
        [
            .init("name", "name", default: nil, "Unique; not `direct`."),
            .init(
                "url",
                "URL",
                default: nil,
                "`http://HOST:PORT`, or `https://` for TLS to it; a password belongs into `auth`."
            ),
            .init(
                "ca_file",
                "path of a file",
                default: "null",
                "Authorities that sign the certificate of an https proxy."
            ),
            .init(
                "interval",
                "duration, 1s to 24h",
                default: "30s",
                "Between two looks at it, and at each of `must_deny`."
            ),
            .init("auth", "mapping", default: "null", "Credentials; null: none are sent."),
            .init("check", "URL", default: "null", "Must be reachable through it."),
            .init("must_deny", "list of URLs", default: "[]", "What the proxy must refuse."),
            .init(
                "allow_list",
                "path of a file",
                default: "null",
                "Hosts that it lets through, one a line (`*.domain`, `.domain`, `host`, URLs); must cover the profiles."
            ),
            .init("sticky", "mapping", default: "null", "That requests leave by one address; null: not tested."),
            .init("access_log", "path of a file", default: "null", "A Squid access log to follow."),
        ]
    )

    static let proxySticky = Section(
        "proxies[].sticky",
        "That the requests of one client leave a proxy by one address.",
        [
            .init("echo", "URL", default: nil, "Of your own, outside; answers with the address that asks it."),
            .init(
                "requests",
                "number, 2 to 1000",
                default: "10",
                "Of one cycle, which is one `interval` of the proxy."
            ),
        ]
    )

    static let proxyAuthentication = Section(
        "proxies[].auth",
        "Credentials. At most one of `password` and `password_file`.",
        [
            .init(
                "schemes",
                "list of negotiate, ntlm, digest, basic",
                default: "[negotiate, ntlm, digest, basic]",
                "Of those the proxy offers, the first of these. `negotiate` needs a ticket on this host (`kinit`, `KRB5CCNAME`)."
            ),
            .init("username", "text", default: nil, "Who asks."),
            .init("password", "`${NAME}`", default: "null", "From the environment."),
            .init("password_file", "path of a file", default: "null", "Read at each use."),
        ]
    )

    static let profile = Section(
        "profiles[]",
        "A ready-made set of endpoints that an Azure service needs.",
        [
            .init("name", "azure-site-recovery, azure-backup", default: nil, "Which set."),
            .init("region", "text", default: nil, "Azure region, as `koreacentral`."),
            .init("via", "list of names", default: "[direct]", "Ways to go: `direct` or a proxy."),
            .init(
                "hosts",
                "list of hosts",
                default: "[]",
                "Names of yours below the set's patterns, which cannot be asked themselves."
            ),
            .init("interval", "duration, 1s to 24h", default: "60s", "Between two rounds."),
        ]
    )

    static let alerting = Section(
        "alerting",
        "To whom alerts go, and how the rules differ.",
        [
            .init(
                "alertmanagers",
                "list of URLs or mappings",
                default: "[]",
                "Each gets every alert, by a queue of its own."
            ),
            .init("webhooks", "list of mappings", default: "[]", "Other receivers."),
            .init("ends_after", "duration, 2m to 24h", default: "15m", "How far ahead `endsAt` lies."),
            .init(
                "runbooks",
                "URL",
                default: "null",
                "Where you publish docs/alerts.md; `runbook_url` is this and `#alertname`."
            ),
            .init("rules", "mapping of alert to `off` or a mapping", default: "{}", "Overrides."),
            .init("dry_run", "true, false", default: "false", "Log and count, send nothing."),
        ]
    )

    static let alertmanager = Section(
        "alerting.alertmanagers[]",
        "An Alertmanager: its URL alone, or this mapping. At most one of `basic_auth`, `bearer_token` and "
            + "`bearer_token_file`.",
        [
            .init("url", "URL", default: nil, "Without `/api/v2/alerts`."),
            .init("basic_auth", "mapping", default: "null", "User name and password."),
            .init("bearer_token", "`${NAME}`", default: "null", "From the environment."),
            .init("bearer_token_file", "path of a file", default: "null", "Read at each use."),
            .init("ca_file", "path of a file", default: "null", "Authorities that sign its certificate."),
        ]
    )

    static let basicAuthentication = Section(
        "alerting.alertmanagers[].basic_auth",
        "Exactly one of `password` and `password_file`.",
        [
            .init("username", "text", default: nil, "Who sends."),
            .init("password", "`${NAME}`", default: "null", "From the environment."),
            .init("password_file", "path of a file", default: "null", "Read at each use."),
        ]
    )

    static let webhook = Section(
        "alerting.webhooks[]",
        "Another receiver. Exactly one of `url` and `url_file`, except for `pagerduty`, which has a URL of its own.",
        [
            .init("url", "URL", default: "null", "Shown without its path, which often is a key; may be `${NAME}`."),
            .init("url_file", "path of a file", default: "null", "A file that holds the URL."),
            .init("format", "alertmanager, slack, teams, pagerduty", default: "alertmanager", "What is sent."),
            .init("routing_key", "`${NAME}`", default: "null", "PagerDuty only, from the environment."),
            .init("routing_key_file", "path of a file", default: "null", "PagerDuty only."),
        ]
    )

    static let rule = Section(
        "alerting.rules.ALERT",
        "How one alert differs. `off` in place of the mapping: it never fires.",
        [
            .init("for", "duration, 0s to 168h", default: "the alert's own", "How long the condition must hold."),
            .init("severity", "critical, warning, info, none", default: "the alert's own", "Label `severity`."),
        ]
    )
}
