import Model
import Testing
import Wire

@testable import Service

@Suite("What one probe prints")
struct OneShotResultTests {
    private static let target = Target(scheme: .tcp, host: "10.1.0.4", port: 443)
    private static let contract = ["target", "success", "reason", "duration_ns", "phases_ns", "proxy", "tls", "status"]

    private func outcome(_ result: Outcome.Result, _ detail: OutcomeDetail? = nil) -> OneShotResult {
        let sent = Sample.clock(0).monotonic
        let outcome = Outcome(
            probe: ProbeID(rawValue: 0),
            sequence: 0,
            sentAt: sent,
            settledAt: sent + .milliseconds(800),
            result: result,
            detail: detail
        )
        return OneShotResult(target: Self.target, outcome: outcome)
    }

    private func json(_ result: OneShotResult) throws -> JSONValue {
        try JSONValue(parsing: try #require(result.rendered(as: .json)))
    }

    private var answered: OneShotResult {
        let phases = [OutcomeDetail.Phase(name: .connect, duration: .microseconds(3_250))]
        return outcome(
            .answered(roundTrip: .microseconds(3_250), clock: .kernel),
            OutcomeDetail(answer: "SYN-ACK", phases: phases)
        )
    }

    @Test("the keys of the contract come first and in its order, on success and on failure")
    func keys() throws {
        for result in [answered, outcome(.failed(.timeout)), outcome(.invalid(.overload))] {
            let members = try #require(try json(result).asObject)
            #expect(members.prefix(Self.contract.count).map(\.0) == Self.contract)
            #expect(Set(members.map(\.0)).count == members.count)
        }
    }

    @Test("success: reason, proxy, tls and status are null, durations are integers in nanoseconds")
    func success() throws {
        let json = try json(answered)
        #expect(json["target"]?.asString == "tcp://10.1.0.4:443")
        #expect(json["success"] == .bool(true) && json["reason"]?.isNull == true)
        #expect(json["duration_ns"]?.asInteger == 3_250_000)
        #expect(json["phases_ns"]?["connect"]?.asInteger == 3_250_000)
        for key in ["proxy", "tls", "status"] { #expect(json[key]?.isNull == true) }
        #expect(answered.status == 0)
    }

    @Test("a failure names its reason and who said so")
    func failure() throws {
        let router = IPAddress.v4(IPv4Address(10, 0, 0, 1))
        let result = outcome(.failed(.unreachableHost), OutcomeDetail(responder: router))
        let json = try json(result)
        #expect(json["success"] == .bool(false) && json["reason"]?.asString == "unreachable_host")
        #expect(result.status == 1)
        #expect(result.rendered(as: .text) == "tcp://10.1.0.4:443: failed: unreachable_host (says 10.0.0.1)")
    }

    @Test(
        "the exit status follows the result",
        arguments: [
            (.answered(roundTrip: .zero, clock: .user), 0), (.failed(.refused), 1), (.failed(.permission), 77),
            (.invalid(.overload), 1),
        ] as [(Outcome.Result, Int32)]
    )
    func status(result: Outcome.Result, status: Int32) {
        #expect(outcome(result).status == status)
    }

    @Test("text is one line: time, clock, answer")
    func text() {
        #expect(answered.rendered(as: .text) == "tcp://10.1.0.4:443: answered in 3.250 ms (kernel clock), SYN-ACK")
    }

    @Test("a SYN that was sent again is told")
    func retransmitted() {
        let result = outcome(
            .answered(roundTrip: .milliseconds(3), clock: .kernel),
            OutcomeDetail(retransmittedSYNs: 1)
        )
        #expect(result.rendered(as: .text)?.hasSuffix(", SYN sent 2 times") == true)
    }

    @Test("where nothing was probed nothing is printed")
    func refused() {
        #expect(OneShotResult.refused(64).rendered(as: .json) == nil)
        #expect(OneShotResult.refused(64).rendered(as: .text) == nil)
    }
}
