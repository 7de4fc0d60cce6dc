import Model
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@Suite("Watching the network", .onOwnThread)
struct NetworkWatcherTests {
    /// Collects events and lets a test wait for one.
    private final class Events: Sendable {
        private let seen = Mutex<[NetworkEvent]>([])

        func append(_ event: NetworkEvent) {
            seen.withLock { $0.append(event) }
        }

        /// Returns as soon as the event has come.
        func await(_ event: NetworkEvent) throws {
            try eventually("\(event)", within: .seconds(10)) { seen.withLock { $0.contains(event) } ? true : nil }
        }

        var isEmpty: Bool { seen.withLock { $0.isEmpty } }

        func forget() {
            seen.withLock { $0 = [] }
        }
    }

    private func observation(_ name: String, exists: Bool = true, up: Bool = true) -> NetworkEvent {
        .interface(InterfaceObservation(name: name, exists: exists, isUp: up, hasCarrier: up))
    }

    @Test("interfaces, addresses, routes, rules and neighbours are told as they change")
    func story() throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let network = try NetlinkNamespace()
        let events = Events()
        let watcher = try network.inside { try NetworkWatcher { events.append($0) } }
        try events.await(observation("lo", up: false))

        try network.ip("link add v0 type veth peer name v1")
        try network.ip("link set v1 up")
        try network.ip("link set v0 up")
        try events.await(observation("v0"))

        try network.ip("addr add 10.0.0.2/24 dev v0")
        try events.await(.addressesChanged)

        events.forget()
        try network.ip("route add 10.1.0.0/16 via 10.0.0.1")
        try events.await(.routesChanged)

        events.forget()
        try network.ip("-6 rule add fwmark 7 table 70")
        try events.await(.routesChanged)

        let gateway = try #require(IPAddress("10.0.0.1"))
        try network.ip("neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev v0 nud permanent")
        try events.await(.neighbourChanged(gateway, .permanent))

        try network.ip("link del v0")
        try events.await(observation("v0", exists: false, up: false))
        watcher.stop()

        events.forget()
        try network.ip("link set lo up")
        #expect(events.isEmpty)
    }

    @Test("after an overflow everything is told as changed, and what was missed is found")
    func overflow() throws {
        guard Requirement.met(.root, .program("ip", package: "iproute2")) else { return }
        let network = try NetlinkNamespace()
        try network.ip("link add v0 type veth peer name v1")
        try network.ip("link set lo up")
        let events = Events()
        let isHeld = Atomic(true)
        // The watcher hangs in its first event until far more has happened than its buffer holds.
        let watcher = try network.inside {
            try NetworkWatcher(receiveBuffer: 1) { event in
                events.append(event)
                while isHeld.load(ordering: .acquiring) { Thread.sleep(.milliseconds(1)) }
            }
        }
        try events.await(observation("lo"))
        let routes = (0..<400).map { "route add 10.0.\($0 / 250).\($0 % 250)/32 dev lo" }
        try network.ip(batch: routes)
        try network.ip("link del v0")
        isHeld.store(false, ordering: .releasing)
        try events.await(.neighboursChanged)
        try events.await(observation("v0", exists: false, up: false))
        watcher.stop()
    }
}
