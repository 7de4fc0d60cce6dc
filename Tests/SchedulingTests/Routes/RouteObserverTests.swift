import Model
import Scheduling
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@Suite("Watching routes", .onOwnThread)
struct RouteObserverTests {
    /// Answers with an interface that a test sets, and refuses questions about `refused`.
    private final class Source: RouteSource {
        let interface = Mutex("er0")
        let refused = IPAddress.v4(IPv4Address(192, 0, 2, 1))

        func observe(_ question: RouteQuestion) throws(NetlinkError) -> RouteObservation {
            guard question.destination != refused else { throw .malformed(part: "answer", offset: 0) }
            let name = interface.withLock { $0 }
            return RouteObservation(verdict: .route(interface: name, gateway: nil, source: nil))
        }
    }

    private final class Rounds: Sendable {
        private let rounds = Mutex<[[RouteReport]]>([])

        func add(_ round: [RouteReport]) { rounds.withLock { $0.append(round) } }
        var all: [[RouteReport]] { rounds.withLock { $0 } }
        var last: RouteObservation.Verdict? { all.last?.last?.observation.verdict }
    }

    private func route(_ host: IPAddress, flow: Int = 0) -> WatchedRoute {
        let target = Target(scheme: .icmp, host: host.description)
        return WatchedRoute(
            purpose: .flow(link: "office", target: target, flow: flow),
            question: RouteQuestion(destination: host)
        )
    }

    private func on(_ name: String) -> RouteObservation.Verdict { .route(interface: name, gateway: nil, source: nil) }

    @Test("new routes are asked at once, all in one round")
    func atOnce() throws {
        let rounds = Rounds()
        let observer = try RouteObserver(source: Source()) { rounds.add($0) }
        defer { observer.stop() }
        let host = IPAddress.v4(IPv4Address(10, 1, 0, 4))
        observer.watch([route(host), route(host, flow: 1)])
        let first = try eventually("a round") { rounds.all.first }
        #expect(first.map(\.route) == [route(host), route(host, flow: 1)])
        #expect(first.allSatisfy { $0.observation.verdict == on("er0") })
    }

    @Test("a change of the network is seen when it is told")
    func change() throws {
        let (rounds, source) = (Rounds(), Source())
        let observer = try RouteObserver(source: source) { rounds.add($0) }
        defer { observer.stop() }
        observer.watch([route(.v4(IPv4Address(10, 1, 0, 4)))])
        try eventually("a round") { rounds.all.first }
        source.interface.withLock { $0 = "vpn0" }
        observer.networkChanged()
        try eventually("the new route") { rounds.last == on("vpn0") ? true : nil }
    }

    @Test("a change that nobody tells is seen all the same")
    func period() throws {
        let (rounds, source) = (Rounds(), Source())
        let observer = try RouteObserver(source: source) { rounds.add($0) }
        defer { observer.stop() }
        observer.watch([route(.v4(IPv4Address(10, 1, 0, 4)))])
        try eventually("a round") { rounds.all.first }
        source.interface.withLock { $0 = "vpn0" }
        try eventually("the new route") { rounds.last == on("vpn0") ? true : nil }
    }

    @Test("a question that fails is left out and the others are told")
    func failure() throws {
        let (rounds, source) = (Rounds(), Source())
        let observer = try RouteObserver(source: source) { rounds.add($0) }
        defer { observer.stop() }
        let good = route(.v4(IPv4Address(10, 1, 0, 4)))
        observer.watch([route(source.refused), good])
        #expect(try eventually("a round") { rounds.all.first }.map(\.route) == [good])
    }

    @Test("without routes nothing is told, and after the end nothing more")
    func quiet() throws {
        let rounds = Rounds()
        let observer = try RouteObserver(source: Source()) { rounds.add($0) }
        observer.networkChanged()
        observer.stop()
        observer.watch([route(.v4(IPv4Address(10, 1, 0, 4)))])
        #expect(rounds.all.isEmpty)
    }
}
