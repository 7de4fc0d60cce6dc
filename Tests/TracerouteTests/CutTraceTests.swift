import Sockets
import Testing
import Traceroute

@Suite("traces that are cut short")
struct CutTraceTests {
    @Test("a trace that is cut while its rounds run says so; one that came to its end does not")
    func rounds() throws {
        let request = TraceRequest(target: "udp://127.0.0.1", plan: TracePlan(count: 1), resolvesNames: false)
        let cancellation = try TraceCancellation()
        let whole = try trace(request, cancellation: cancellation)
        #expect(!whole.areRoundsCut && !whole.isCancelled)
        cancellation.cancel()
        let cut = try trace(request, cancellation: cancellation)
        #expect(cut.areRoundsCut && cut.isCancelled)
    }
}
