import Document
import Model
import Settings
import Testing

@Suite("secrets")
struct SecretsTests {
    @Test("no way to print a secret shows it")
    func printing() {
        let secret = Secret("hunter2")
        let url = SecretURL(secret: secret, redacted: "https://<secret>@host")
        var dumped = ""
        dump(secret, to: &dumped)
        dump(url, to: &dumped)
        dump(SecretSource.value(secret), to: &dumped)
        let shown = ["\(secret)", String(reflecting: secret), "\([secret])", "\(url)", String(reflecting: url), dumped]
        #expect(shown.allSatisfy { !$0.contains("hunter2") })
        #expect("\(secret)" == "<secret>" && secret.reveal() == "hunter2")
    }

    @Test("no secret of the environment reaches the effective form, a dump or a diagnostic")
    func planted() throws {
        let loaded = Sample.full(host: TestHost(interfaces: [], addresses: []))
        let configuration = try loaded.configuration()
        var dumped = ""
        dump(configuration, to: &dumped)
        let texts = [configuration.effective(), configuration.redactedText, dumped, "\(configuration)"] + loaded.lines
        #expect(texts.allSatisfy { !$0.contains("hunter2") })
        #expect(loaded.lines.count > 3)
    }

    @Test(
        "a URL shows neither user nor query, a webhook not even its path",
        arguments: [
            ("http://user:hunter2@host:9093/prefix", "http://<secret>@host:9093/prefix"),
            ("http://hunter2@host", "http://<secret>@host"), ("https://host/prefix/", "https://host/prefix/"),
            ("http://[::1]:9093", "http://[::1]:9093"), ("${WHOLE}", "<secret>"),
            ("https://host/${PART}/x", "https://host/<secret>/x"), ("${SCHEME}://host/x", "<secret>://host/x"),
        ]
    )
    func redaction(url: String, shown: String) throws {
        let environment = ["WHOLE": "http://hunter2.example/hunter2", "PART": "hunter2", "SCHEME": "http"]
        let configuration = try load("alerting: {alertmanagers: [\"\(url)\"]}\n", environment: environment)
            .configuration()
        #expect(configuration.alerting.alertmanagers.map(\.url.redacted) == [shown])
        let hook = try load("alerting: {webhooks: [{url: \"\(url)\"}]}\n", environment: environment).configuration()
        #expect(!hook.effective().contains("hunter2") && !hook.effective().contains("prefix"))
    }

    @Test("a query in a URL of an Alertmanager, whose API is a path behind it, is refused and not shown")
    func query() throws {
        let loaded = try load("alerting: {alertmanagers: [\"http://host:9093/?x=hunter2\"]}\n")
        #expect(loaded.lines.contains { $0.contains("has a query or a fragment") })
        #expect(!loaded.lines.joined().contains("hunter2"))
        let hook = try load("alerting: {webhooks: [{url: \"https://host/x?y=hunter2\"}]}\n").configuration()
        #expect(!hook.effective().contains("hunter2"))
    }

    @Test(
        "a wrong URL with a secret is refused without showing it",
        arguments: [
            "ftp://user:hunter2@host/", "http://user:hunter2@/", "http://host:0/hunter2", "http://user:hunter2@host:x/",
            "http://host/hunter2 x", "hunter2", "${SECRET}", "http://user@hunter2@host:99999/", "http://h/${SECRET",
        ]
    )
    func wrongURL(url: String) throws {
        let environment = ["SECRET": "hunter2 is no URL"]
        for yaml in ["alerting: {alertmanagers: [\"\(url)\"]}\n", "proxies: [{name: p, url: \"\(url)\"}]\n"] {
            let loaded = try load(yaml, environment: environment)
            #expect(loaded.errors.count == 1, "\(loaded.errors)")
            #expect(loaded.lines.allSatisfy { !$0.contains("hunter2") }, "\(loaded.lines)")
        }
    }

    @Test(
        "a secret in the file itself, an unset and an empty variable are refused",
        arguments: [
            ("hunter2", "cannot stand in the file itself"), ("${UNSET}", "variable UNSET is not set"),
            ("${EMPTY}", "variable EMPTY is empty"), ("${A B}", "names no variable"), ("${", "without '}'"),
        ]
    )
    func refused(text: String, expected: String) throws {
        let yaml = "proxies: [{name: p, url: \"http://p:1\", auth: {username: u, password: \"\(text)\"}}]\n"
        let loaded = try load(yaml, environment: ["EMPTY": ""])
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains(expected) == true, "\(loaded.errors)")
        #expect(loaded.errors.allSatisfy { !$0.contains("hunter2") })
    }

    @Test("$${ is a dollar and a brace")
    func escape() throws {
        let yaml = "proxies: [{name: p, url: \"http://p:1\", auth: {username: u, password: \"a$${B}$${A}${A}$\"}}]\n"
        let configuration = try load(yaml, environment: ["A": "x${B}"]).configuration()
        #expect(configuration.proxies.first?.authentication?.password == .value(Secret("a${B}${A}x${B}$")))
    }

    @Test("the placeholder of a printed configuration loads, with a warning")
    func placeholder() throws {
        let loaded = try load("alerting: {webhooks: [{url: \"https://host/<secret>\"}, {url: <secret>}]}\n")
        _ = try loaded.configuration()
        #expect(loaded.warnings.count == 2)
    }
}
