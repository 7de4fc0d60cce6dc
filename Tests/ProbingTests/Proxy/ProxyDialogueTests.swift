import Model
import Testing
import Wire

@testable import Probing

@Suite("what follows a 407")
struct ProxyDialogueTests {
    private func challenges(_ fields: String...) -> [AuthenticationChallenge] {
        fields.flatMap { AuthenticationChallenge.parse($0.utf8) }
    }

    private func reason(_ step: ProxyDialogue.Step) -> Reason? {
        if case .fail(let reason, _) = step { reason } else { nil }
    }

    @Test("without credentials: authentication is required")
    func required() {
        var dialogue = ProxyDialogue(allowed: nil)
        let step = dialogue.refused(challenges("Basic realm=\"a\""), scheme: nil, wasShown: false)
        #expect(reason(step) == .proxyAuthRequired)
    }

    @Test("without a challenge the proxy breaks the protocol, whatever is configured", arguments: [true, false])
    func withoutChallenge(hasCredentials: Bool) {
        var dialogue = ProxyDialogue(allowed: hasCredentials ? [.basic] : nil)
        #expect(reason(dialogue.refused([], scheme: nil, wasShown: false)) == .proxyProtocol)
    }

    @Test("of the schemes offered the first that is allowed is performed")
    func order() {
        var dialogue = ProxyDialogue(allowed: AuthenticationScheme.allCases)
        let offered = challenges("Basic realm=\"a\", Digest realm=\"a\", nonce=\"x\"", "NTLM")
        #expect(dialogue.refused(offered, scheme: nil, wasShown: false) == .show(.ntlm))
        var other = ProxyDialogue(allowed: [.basic, .digest])
        #expect(other.refused(offered, scheme: nil, wasShown: false) == .show(.basic))
        var none = ProxyDialogue(allowed: [.negotiate])
        #expect(reason(none.refused(offered, scheme: nil, wasShown: false)) == .proxyAuthRequired)
    }

    @Test("a scheme that cannot be performed here gives way to the next; nothing was shown")
    func fallback() {
        var dialogue = ProxyDialogue(allowed: [.negotiate, .basic])
        let offered = challenges("Negotiate", "Basic realm=\"a\"")
        #expect(dialogue.refused(offered, scheme: nil, wasShown: false) == .show(.negotiate))
        #expect(dialogue.refused(offered, scheme: .negotiate, wasShown: false) == .show(.basic))
        var single = ProxyDialogue(allowed: [.negotiate])
        _ = single.refused(offered, scheme: nil, wasShown: false)
        #expect(reason(single.refused(offered, scheme: .negotiate, wasShown: false)) == .proxyAuthRequired)
    }

    @Test("a challenge that cannot be answered is the proxy's fault: nothing of this host is missing")
    func broken() {
        for scheme in [AuthenticationScheme.digest, .ntlm] {
            var dialogue = ProxyDialogue(allowed: [scheme])
            let offered = challenges("Digest realm=\"a\"", "NTLM")
            #expect(dialogue.refused(offered, scheme: nil, wasShown: false) == .show(scheme))
            #expect(reason(dialogue.refused(offered, scheme: scheme, wasShown: false)) == .proxyProtocol)
        }
    }

    @Test("what was shown and refused is refused: no other scheme is tried with it")
    func rejected() {
        var dialogue = ProxyDialogue(allowed: [.digest, .basic])
        let offered = challenges("Digest realm=\"a\", nonce=\"x\"", "Basic realm=\"a\"")
        _ = dialogue.refused(offered, scheme: nil, wasShown: false)
        #expect(reason(dialogue.refused(offered, scheme: .digest, wasShown: true)) == .proxyAuthRejected)
    }

    @Test("a stale nonce is no refusal: it is asked once more, and then the proxy is wrong")
    func stale() {
        var dialogue = ProxyDialogue(allowed: [.digest])
        let offered = challenges("Digest realm=\"a\", nonce=\"x\", stale=TRUE")
        #expect(dialogue.refused(offered, scheme: .digest, wasShown: true) == .show(.digest))
        #expect(reason(dialogue.refused(offered, scheme: .digest, wasShown: true)) == .proxyProtocol)
    }
}
