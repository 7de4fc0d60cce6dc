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

    @Test("oauth2 is read with all its keys, and shown without its secrets")
    func oauth() throws {
        let (modules, messages) = try load(
            """
            modules:
              a:
                prober: http
                http:
                  oauth2:
                    client_id: x
                    client_secret: hunter2
                    scopes: [read, write all]
                    token_url: http://u:hunter3@a/
                    endpoint_params: {p: hunter4, q: 1, r: null}
                    tls_config: {ca_file: /ca.pem, server_name: b}
                    proxy_url: http://u:hunter5@c:3128
              b: {prober: http, http: {oauth2: {client_id: x, client_secret_file: /s, token_url: "http://a/?code=hunter6"}}}
            """
        )
        var module = OAuth2Module()
        module.clientID = "x"
        module.clientSecret = .value(Secret("hunter2"))
        module.scopes = ["read", "write all"]
        module.tokenURL = Secret("http://u:hunter3@a/")
        module.parameters = ["p": Secret("hunter4"), "q": Secret("1"), "r": Secret("")]
        module.tls.caFile = "/ca.pem"
        module.tls.serverName = "b"
        module.proxyURL = Secret("http://u:hunter5@c:3128")
        #expect(messages.isEmpty && modules["a"]?.http.authorization == .oauth2(module))
        guard case .oauth2(let other)? = modules["b"]?.http.authorization else { throw Missing() }
        #expect(other.clientSecret == .file("/s"))
        for name in ["a", "b"] {
            let text = try #require(modules[name]?.text)
            #expect(!text.contains("hunter") && text.contains("client_id: x"), "\(text)")
        }
    }

    private struct Missing: Error {}

    @Test(
        "oauth2 without what it needs, or with what it does not know, is refused",
        arguments: [
            "client_secret: a, token_url: 'http://a/'", "client_id: a, token_url: 'http://a/'",
            "client_id: a, client_secret: b", "client_id: a, client_secret: b, client_secret_file: c, token_url: d",
            "client_id: a, client_secret: b, token_url: c, scopes: d",
            "client_id: a, client_secret: b, token_url: c, endpoint_params: {d: [e]}",
            "client_id: a, client_secret: b, token_url: c, no_proxy: d",
            "client_id: a, client_secret: b, token_url: c}, basic_auth: {username: d",
        ]
    )
    func oauthMistakes(keys: String) throws {
        let (_, errors) = try load("modules: {a: {prober: http, http: {oauth2: {\(keys)}}}}")
        #expect(errors.count == 1, "\(errors)")
    }
}
