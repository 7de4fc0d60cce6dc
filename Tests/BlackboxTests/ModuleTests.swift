import Document
import Model
import Settings
import TestSupport
import Testing

@testable import Blackbox

@Suite("blackbox.yml")
struct ModuleTests {
    private func load(_ text: String) throws -> (modules: [String: ProbeModule], errors: [String]) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("blackbox.yml", text)
        let log = DiagnosticLog()
        let root = try #require(DocumentFile.read(path, log))
        return (ModuleReader.read(root, log), log.diagnostics.map(\.message))
    }

    @Test("Debian's example loads unchanged")
    func debian() throws {
        let (modules, errors) = try load(
            """
            modules:
              http_2xx:
                prober: http
              http_post_2xx:
                prober: http
                http:
                  method: POST
              tcp_connect:
                prober: tcp
              pop3s_banner:
                prober: tcp
                tcp:
                  query_response:
                  - expect: "^+OK"
                  tls: true
                  tls_config:
                    insecure_skip_verify: false
              grpc:
                prober: grpc
                grpc:
                  tls: true
                  preferred_ip_protocol: "ip4"
              irc_banner:
                prober: tcp
                tcp:
                  query_response:
                  - send: "NICK prober"
                  - expect: "PING :([^ ]+)"
                    send: "PONG ${1}"
              icmp_ttl5:
                prober: icmp
                timeout: 5s
                icmp:
                  ttl: 5
            """
        )
        #expect(errors.isEmpty && modules.count == 7)
        #expect(modules["http_post_2xx"]?.http.method == "POST" && modules["icmp_ttl5"]?.icmp.ttl == 5)
        #expect(modules["icmp_ttl5"]?.timeout == .seconds(5) && modules["http_2xx"]?.timeout == nil)
        #expect(modules["pop3s_banner"]?.tcp.usesTLS == true && modules["irc_banner"]?.tcp.steps.count == 2)
        #expect(modules["irc_banner"]?.tcp.steps[1].send == "PONG ${1}")
    }

    @Test(
        "what blackbox_exporter refuses is refused",
        arguments: [
            "a: {prober: http, http: {nonsense: 1}}", "a: {prober: dns, dns: {query_type: A}}",
            "a: {prober: dns, dns: {query_name: x, query_class: X}}",
            "a: {prober: dns, dns: {query_name: x, query_type: X}}",
            "a: {prober: http, http: {fail_if_header_matches: [{header: A}]}}",
            "a: {prober: http, http: {fail_if_header_matches: [{header: A, regexp: ':['}]}}",
            "a: {prober: http, http: {fail_if_body_matches_regexp: [':[']}}",
            "a: {prober: tcp, tcp: {query_response: [{expect: ':['}]}}",
            "a: {prober: http, http: {compression: gzip, headers: {accEpt-enCoding: deflate}}}",
            "a: {prober: icmp, icmp: {ttl: -1}}", "a: {prober: icmp, icmp: {ttl: 256}}",
            "a: {prober: http, http: {bearer_token: a, bearer_token_file: b}}",
            "a: {prober: http, http: {bearer_token: a, basic_auth: {username: b}}}",
            "a: {prober: http, timeout: soon}", "a: {prober: http, http: {body_size_limit: 5}}",
        ]
    )
    func refused(module: String) throws {
        #expect(try load("modules:\n  \(module)\n").errors.isEmpty == false)
    }

    @Test("what is secret is not shown with the module")
    func secrets() throws {
        let (modules, errors) = try load(
            """
            modules:
              a:
                prober: http
                http:
                  basic_auth: {username: me, password: hunter2}
                  proxy_url: http://me:hunter2@proxy.test:3128
                  headers: {Authorization: hunter2, X-Name: shown}
            """
        )
        let text = try #require(modules["a"]?.text)
        #expect(
            errors.isEmpty && !text.contains("hunter2") && text.contains("X-Name: shown")
                && text.contains("username: me")
        )
        #expect(text.contains("password: <secret>"))
    }

    @Test("sizes and durations", arguments: [("128B", 128), ("1KB", 1024), ("2MiB", 2 << 20), ("1.5MB", 3 << 19)])
    func sizes(text: String, bytes: Int) throws {
        let (modules, errors) = try load(
            "modules: {a: {prober: http, timeout: 1m30.5s, http: {body_size_limit: \(text)}}}"
        )
        #expect(errors.isEmpty && modules["a"]?.http.bodySizeLimit == bytes)
        #expect(modules["a"]?.timeout == .milliseconds(90_500))
    }

    @Test("a module with oauth2 is checked and told, and costs the file nothing")
    func oauth() throws {
        let text = """
            modules:
              a:
                prober: http
                http:
                  oauth2: {client_id: x, client_secret: hunter2, token_url: "http://u:hunter3@a/", endpoint_params: {p: hunter4}}
              b: {prober: icmp, icmp: {payload_size: 65508}}
            """
        let (modules, messages) = try load(text)
        #expect(messages == ["oauth2 is not built: every probe of this module fails"])
        #expect(modules["a"]?.http.authorization == .oauth2 && modules["b"]?.icmp.payloadSize == 65_508)
        #expect(modules["a"]?.text.contains("hunter") == false)
        let (_, mistakes) = try load("modules: {a: {prober: http, http: {oauth2: {token_url: x, foo: 1}}}}")
        #expect(mistakes.count == 4, "\(mistakes)")
    }
}
