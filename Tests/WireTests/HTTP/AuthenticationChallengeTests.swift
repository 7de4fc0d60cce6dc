import Testing
import Wire

@Suite("challenges of Proxy-Authenticate fields")
struct AuthenticationChallengeTests {
    private typealias Challenge = AuthenticationChallenge

    private static func basic(_ realm: String) -> Challenge {
        Challenge(scheme: "basic", parameters: [.init("realm", realm)])
    }

    private static let table: [(field: String, challenges: [Challenge])] = [
        (#"Basic realm="proxy""#, [basic("proxy")]),
        ("Negotiate", [Challenge(scheme: "negotiate")]),
        ("Negotiate, NTLM", [Challenge(scheme: "negotiate"), Challenge(scheme: "ntlm")]),
        ("NTLM TlRMTVNTUAACAAAA+/w==", [Challenge(scheme: "ntlm", token: "TlRMTVNTUAACAAAA+/w==")]),
        ("Negotiate oYG2MIGzo=", [Challenge(scheme: "negotiate", token: "oYG2MIGzo=")]),
        // A comma inside quotes separates nothing; an escaped quote ends nothing.
        (#"Basic realm="a, b \" c""#, [basic(#"a, b " c"#)]),
        (
            #"Digest realm="d", nonce="x,y", qop="auth,auth-int", algorithm=SHA-256, stale=FALSE, Basic realm="b""#,
            [
                Challenge(
                    scheme: "digest",
                    parameters: [
                        .init("realm", "d"), .init("nonce", "x,y"), .init("qop", "auth,auth-int"),
                        .init("algorithm", "SHA-256"), .init("stale", "FALSE"),
                    ]
                ),
                basic("b"),
            ]
        ),
        // RFC 9110 §11.6.1: a token, two parameters with empty elements between, another challenge.
        (
            #"Newauth realm="apps", type=1, title="Login to \"apps\"", , Basic realm = "simple""#,
            [
                Challenge(
                    scheme: "newauth",
                    parameters: [
                        .init("realm", "apps"), .init("type", "1"), .init("title", #"Login to "apps""#),
                    ]
                ),
                basic("simple"),
            ]
        ),
        // Not allowed and seen: no comma between two challenges, the same parameter twice, upper case names.
        (
            #"Basic realm="a" Digest realm="b""#,
            [basic("a"), Challenge(scheme: "digest", parameters: [.init("realm", "b")])]
        ),
        (#"BASIC REALM="a", realm="b""#, [basic("a")]),
    ]

    @Test("are found, however many stand in one field", arguments: table)
    func read(field: String, challenges: [AuthenticationChallenge]) {
        #expect(AuthenticationChallenge.parse(field.utf8) == challenges)
    }

    @Test(
        "what is no challenge is left out, and what follows is still read",
        arguments: [
            (#"=, ,;;, Basic realm="x""#, 1), (#""lonely", Basic"#, 1), ("", 0), (",,,", 0), ("   ", 0),
            ("\u{0}\u{1}", 0),
            (#"Basic realm="never closed"#, 1), (#"Basic realm=, NTLM"#, 2), ("Basic =", 1), (#"Basic realm="\"#, 1),
        ]
    )
    func hostile(field: String, count: Int) {
        #expect(AuthenticationChallenge.parse(field.utf8).count == count)
    }

    @Test("memory is bounded, whatever a peer sends")
    func bounded() throws {
        let many = Array(repeating: "Basic realm=\"x\"", count: 10_000).joined(separator: ",")
        #expect(AuthenticationChallenge.parse(many.utf8).count == 16)
        let parameters = "Digest " + (0..<10_000).map { "p\($0)=1" }.joined(separator: ",")
        #expect(AuthenticationChallenge.parse(parameters.utf8).first?.parameters.count == 32)
        let long = "Basic realm=\"" + String(repeating: "a", count: 1_000_000) + "\""
        #expect(try #require(AuthenticationChallenge.parse(long.utf8).first?.realm).utf8.count == 1024)
    }

    @Test("control characters of a peer reach no log")
    func controlCharacters() {
        let challenge = AuthenticationChallenge.parse(Array("Basic realm=\"a\u{1b}[31m\u{0}b\"".utf8)).first
        #expect(challenge?.realm == "a [31m b")
    }

    @Test("every prefix of a field is read without harm")
    func prefixes() {
        for (field, challenges) in Self.table {
            let bytes = Array(field.utf8)
            for length in 0...bytes.count {
                #expect(AuthenticationChallenge.parse(bytes.prefix(length)).count <= challenges.count + 1)
            }
        }
    }
}
