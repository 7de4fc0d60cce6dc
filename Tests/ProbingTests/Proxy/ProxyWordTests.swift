import Testing
import Wire

@testable import Probing

@Suite("what an answer says of the credentials")
struct ProxyWordTests {
    private func word(
        _ status: Int,
        _ field: String = "",
        tunnels: Bool = true,
        _ scheme: AuthenticationScheme = .basic
    ) -> ProxyWord {
        let challenges = AuthenticationChallenge.parse(field.utf8)
        return ProxyWord(status: status, challenges: challenges, tunnels: tunnels, scheme: scheme)
    }

    @Test("only what the proxy lets pass proves them")
    func accepted() {
        #expect(
            word(200) == .accepted && word(200, tunnels: false) == .accepted && word(404, tunnels: false) == .accepted
        )
        for status in [302, 400, 403, 500, 503] { #expect(word(status) == .unclear, "\(status)") }
        for status in [302, 400, 401, 403, 503] { #expect(word(status, tunnels: false) == .unclear, "\(status)") }
    }

    @Test("a 407 refuses them, and so does a 401 to CONNECT")
    func refused() {
        #expect(word(407, "Basic realm=\"a\"") == .refused && word(407) == .refused && word(401) == .refused)
        #expect(word(407, "NTLM", .ntlm) == .refused)
        #expect(word(407, "Negotiate", .negotiate) == .refused)
    }

    @Test("a forwarded 401 refuses them where it asks as the proxy did; a service's own does not")
    func tinyproxy() {
        let basic = AuthenticationChallenge.parse("Basic realm=\"tinyproxy\"".utf8)
        func word(_ asked: ProxyRealm?) -> ProxyWord {
            let hints = ProxyWord.Hints(realm: asked, wanted: basic)
            return ProxyWord(status: 401, challenges: [], tunnels: false, scheme: .basic, hints: hints)
        }
        #expect(word(ProxyRealm(.basic, realm: "tinyproxy")) == .refused)
        #expect(word(ProxyRealm(.basic, realm: "corp")) == .unclear && word(nil) == .unclear)
        #expect(self.word(401, "Basic realm=\"a\"", tunnels: false) == .refused)
    }

    @Test("a forwarded answer proves them that only the service can have given")
    func forwarded() {
        func word(_ status: Int, _ hints: ProxyWord.Hints) -> ProxyWord {
            ProxyWord(status: status, challenges: [], tunnels: false, scheme: .basic, hints: hints)
        }
        #expect(word(301, .init(staysAtHost: true)) == .accepted && word(301, .init()) == .unclear)
        #expect(word(403, .init(isExpected: true)) == .accepted && word(403, .init()) == .unclear)
    }

    @Test("a stale nonce and a handshake that goes on are neither")
    func neither() {
        #expect(word(407, "Digest realm=\"a\", nonce=\"x\", stale=true", .digest) == .stale)
        #expect(word(407, "Digest realm=\"a\", nonce=\"x\", stale=true", .basic) == .refused)
        #expect(word(407, "Negotiate oRQwEg==", .negotiate) == .goesOn)
        #expect(word(407, "NTLM TlRMTVNTUAAC", .ntlm) == .goesOn)
    }
}
