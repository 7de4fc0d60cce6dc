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
            word(200) == .accepted && word(200, tunnels: false) == .accepted && word(302, tunnels: false) == .accepted
        )
        for status in [302, 400, 403, 500, 503] { #expect(word(status) == .unclear, "\(status)") }
        for status in [400, 401, 403, 503] { #expect(word(status, tunnels: false) == .unclear, "\(status)") }
    }

    @Test("a 407 refuses them, and so does a 401 to CONNECT")
    func refused() {
        #expect(word(407, "Basic realm=\"a\"") == .refused && word(407) == .refused && word(401) == .refused)
        #expect(word(407, "NTLM", .ntlm) == .refused)
        #expect(word(407, "Negotiate", .negotiate) == .refused)
    }

    @Test("a stale nonce and a handshake that goes on are neither")
    func neither() {
        #expect(word(407, "Digest realm=\"a\", nonce=\"x\", stale=true", .digest) == .stale)
        #expect(word(407, "Digest realm=\"a\", nonce=\"x\", stale=true", .basic) == .refused)
        #expect(word(407, "Negotiate oRQwEg==", .negotiate) == .goesOn)
        #expect(word(407, "NTLM TlRMTVNTUAAC", .ntlm) == .goesOn)
    }
}
