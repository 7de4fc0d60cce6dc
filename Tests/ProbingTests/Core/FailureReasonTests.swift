import Glibc
import Model
import Sockets
import Testing
import Wire

@testable import Probing

@Suite("Reasons of failures")
struct FailureReasonTests {
    @Test(
        "an ICMP error ends a probe with its reason",
        arguments: [
            (ICMPErrorKind.netUnreachable, Reason.unreachableNet), (.hostUnreachable, .unreachableHost),
            (.portUnreachable, .unreachablePort), (.protocolUnreachable, .unreachablePort),
            (.adminProhibited, .adminProhibited), (.ttlExceeded, .ttlExceeded),
            (.fragmentationNeeded(mtu: 1400), .fragmentationNeeded), (.sourceRouteFailed, .unreachableNet),
        ]
    )
    func icmp(kind: ICMPErrorKind, reason: Reason) {
        #expect(Reason(kind) == reason)
    }

    @Test("an ICMP error that says nothing of the path ends nothing")
    func harmless() {
        #expect(Reason(ICMPErrorKind.reassemblyTimeExceeded) == nil)
        #expect(Reason(ICMPErrorKind.other(type: 5, code: 0)) == nil)
    }

    @Test(
        "what the kernel refuses is told apart",
        arguments: [
            (ENETUNREACH, Outcome.Result.failed(.noRoute)), (EHOSTUNREACH, .failed(.noRoute)),
            (ENODEV, .failed(.interfaceDown)), (ENETDOWN, .failed(.interfaceDown)),
            (EADDRNOTAVAIL, .failed(.noRoute)), (EPERM, .failed(.permission)), (EACCES, .failed(.permission)),
            (EMSGSIZE, .failed(.fragmentationNeeded)), (ENOBUFS, .invalid(.overload)), (EAGAIN, .invalid(.overload)),
            (EMFILE, .invalid(.overload)), (ENOTSOCK, .failed(.internal)),
        ]
    )
    func errno(code: Int32, result: Outcome.Result) {
        let failure = SendFailure(SystemError(code: code, operation: "send"), pin: .none, interfaceUsable: true)
        #expect(failure.result == result)
        #expect(!failure.message.isEmpty)
    }

    @Test("with the pinned interface down, that is the reason, whatever the kernel says")
    func interface() {
        let error = SystemError(code: ENETUNREACH, operation: "send")
        let failure = SendFailure(error, pin: Pin(interface: "er0"), interfaceUsable: false)
        #expect(failure.result == .failed(.interfaceDown))
        #expect(failure.message.contains("er0"))
    }

    @Test("a source that is no address of the host is named")
    func source() {
        let error = SystemError(code: EADDRNOTAVAIL, operation: "bind")
        let pin = Pin(source: IPAddress("10.9.9.9"))
        #expect(SendFailure(error, pin: pin, interfaceUsable: true).message.contains("10.9.9.9"))
    }
}
