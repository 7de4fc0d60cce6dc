import Model
import Testing
import Wire

@testable import Service

@Suite("what is known of proxies")
struct ProxyLedgerTests {
    private var ledger: ProxyLedger {
        var ledger = ProxyLedger()
        ledger.configure(["corp"], at: Sample.clock(0).monotonic)
        return ledger
    }

    private func outcome(
        _ result: Outcome.Result,
        statuses: [Int] = [],
        connected: Bool = true,
        suspended: Bool = false
    ) -> Outcome {
        let proxy = ProxyFacts(
            name: "corp",
            status: statuses.last,
            statuses: statuses,
            challenges: statuses.contains(407) ? [AuthenticationChallenge(scheme: "ntlm")] : [],
            isSuspended: suspended,
            isConnected: connected
        )
        let moment = Sample.clock(1).monotonic
        return Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: moment,
            settledAt: moment,
            result: result,
            detail: OutcomeDetail(request: RequestFacts(proxy: proxy))
        )
    }

    private static let good = Outcome.Result.answered(roundTrip: .milliseconds(1), clock: .user)

    @Test("requests that show no credentials on purpose are counted, and say nothing of those of the proxy")
    func silent() {
        var ledger = ledger
        _ = ledger.note(outcome(Self.good, statuses: [200]), through: "corp")
        let refused = outcome(.failed(.proxyAuthRequired), statuses: [407])
        let counts = ledger.note(refused, through: "corp", showsCredentials: false)
        #expect(counts == ProxyLedger.Counts(proxy: "corp", codes: [407], schemes: ["ntlm"], wasRefused: true))
        #expect(ledger.proxies.first?.authentication == .fine && ledger.proxies.first?.isDown == false)
    }

    @Test("the 407s of a handshake that succeeds are counted and no failure")
    func handshake() {
        var ledger = ledger
        let counts = ledger.note(outcome(Self.good, statuses: [407, 407, 200]), through: "corp")
        #expect(
            counts == ProxyLedger.Counts(proxy: "corp", codes: [407, 407, 200], schemes: ["ntlm"], wasRefused: false)
        )
        #expect(ledger.proxies.first?.answers == true && ledger.proxies.first?.authentication == .fine)
    }

    @Test("a 407 at the end is one, until a request passes")
    func refused() {
        var ledger = ledger
        let counts = ledger.note(
            outcome(.failed(.proxyAuthRejected), statuses: [407, 407], suspended: true),
            through: "corp"
        )
        #expect(counts?.wasRefused == true)
        #expect(ledger.proxies.first?.authentication == .rejected && ledger.proxies.first?.isSuspended == true)
        // The service behind it fails: of the credentials that says they pass.
        _ = ledger.note(outcome(.failed(.httpStatus), statuses: [407, 200]), through: "corp")
        #expect(ledger.proxies.first?.authentication == .fine && ledger.proxies.first?.isSuspended == false)
    }

    @Test("three misses in a row make it down; one answer makes it up; what never left says nothing")
    func down() {
        var ledger = ledger
        for _ in 0..<5 { _ = ledger.note(outcome(.failed(.noRoute), connected: false), through: "corp") }
        #expect(ledger.proxies.first?.answers == nil)
        for _ in 0..<2 { _ = ledger.note(outcome(.failed(.timeout), connected: false), through: "corp") }
        #expect(ledger.proxies.first?.isDown == false && ledger.proxies.first?.answers == false)
        _ = ledger.note(outcome(.failed(.proxyRefused), connected: false), through: "corp")
        #expect(ledger.proxies.first?.isDown == true)
        _ = ledger.note(outcome(.failed(.proxyDenied), statuses: [403]), through: "corp")
        #expect(ledger.proxies.first?.isDown == false)
    }

    @Test("a proxy that a reload removes is forgotten, one that stays is not")
    func reload() {
        var ledger = ledger
        _ = ledger.note(outcome(.failed(.proxyAuthRequired), statuses: [407]), through: "corp")
        ledger.configure(["corp", "other"], at: Sample.clock(2).monotonic)
        #expect(ledger.proxies.map(\.name) == ["corp", "other"] && ledger.proxies.first?.authentication == .required)
        ledger.configure([], at: Sample.clock(3).monotonic)
        #expect(ledger.note(outcome(Self.good), through: "corp") == nil && ledger.proxies.isEmpty)
    }
}
