public import Model
public import Wire

/// What changed in the network of this host.
public enum NetworkEvent: Hashable, Sendable {
    /// An interface came, went (`exists` false) or changed its state. One that was unusable for a moment is told
    /// twice: as it was, and as it is.
    case interface(InterfaceObservation)
    case addressesChanged
    /// A route, rule, next hop or MTU changed: routes must be asked again.
    case routesChanged
    case neighbourChanged(IPAddress, NeighbourState)
    /// More neighbours changed than are named singly, or messages were lost.
    case neighboursChanged
}

/// Gathers messages of the kernel into few events: a thousand new routes are one change.
public struct NetworkChanges: Sendable {
    private struct Interface: Equatable {
        var observation: InterfaceObservation
        var mtu: Int
    }

    private struct Pending {
        /// The unusable state through which it went since the last drain.
        var dip: InterfaceObservation?
        var last: InterfaceObservation
    }

    /// Neighbours named singly in one batch.
    static let neighbourLimit = 64

    private var interfaces: [Int32: Interface] = [:]
    private var pending: [String: Pending] = [:]
    private var neighbours: [IPAddress: NeighbourState] = [:]
    private var neighboursOverflowed = false
    private var addressesChanged = false
    private var routesChanged = false

    public init() {}

    public var isEmpty: Bool {
        pending.isEmpty && neighbours.isEmpty && !neighboursOverflowed && !addressesChanged && !routesChanged
    }

    /// Takes one message of a multicast group.
    public mutating func absorb(_ envelope: NetlinkEnvelope) {
        switch envelope.message {
        case .link(let link):
            guard !link.isBridgePort else { return }
            if envelope.isRemoval { vanish(link.index) } else { see(link) }
        case .address:
            // A source address that comes or goes changes what routes answer.
            addressesChanged = true
            routesChanged = true
        case .route, .policy:
            routesChanged = true
        case .neighbour(let entry):
            guard let address = entry.address else { return }
            note(address, envelope.isRemoval ? .none : entry.state)
        case .error, .done, .other:
            return
        }
    }

    /// Takes a whole list of interfaces: at the start, and after messages were lost.
    public mutating func resynchronise(with links: [LinkMessage], afterLoss: Bool) {
        let present = Set(links.map(\.index))
        for index in interfaces.keys.sorted() where !present.contains(index) { vanish(index) }
        for link in links { see(link) }
        guard afterLoss else { return }
        addressesChanged = true
        routesChanged = true
        neighboursOverflowed = true
    }

    /// The events since the last call: interfaces first, then what follows from them.
    public mutating func drain() -> [NetworkEvent] {
        var events: [NetworkEvent] = []
        for (_, change) in pending.sorted(by: { $0.key < $1.key }) {
            if let dip = change.dip, dip != change.last { events.append(.interface(dip)) }
            events.append(.interface(change.last))
        }
        if addressesChanged { events.append(.addressesChanged) }
        if routesChanged { events.append(.routesChanged) }
        if neighboursOverflowed {
            events.append(.neighboursChanged)
        } else {
            events += neighbours.sorted { $0.key < $1.key }.map { .neighbourChanged($0.key, $0.value) }
        }
        pending = [:]
        neighbours = [:]
        (neighboursOverflowed, addressesChanged, routesChanged) = (false, false, false)
        return events
    }

    private mutating func see(_ link: LinkMessage) {
        let new = Interface(observation: link.observation, mtu: link.mtu)
        let old = interfaces.updateValue(new, forKey: link.index)
        guard old != new else { return }
        if let old {
            if old.mtu != new.mtu { routesChanged = true }
            if old.observation.name != new.observation.name { report(gone: old.observation.name) }
        }
        if old?.observation != new.observation { report(new.observation) }
    }

    private mutating func vanish(_ index: Int32) {
        guard let old = interfaces.removeValue(forKey: index) else { return }
        report(gone: old.observation.name)
    }

    private mutating func report(gone name: String) {
        report(InterfaceObservation(name: name, exists: false, isUp: false, hasCarrier: false))
    }

    private mutating func report(_ observation: InterfaceObservation) {
        let dip = observation.isUsable ? pending[observation.name]?.dip : observation
        pending[observation.name] = Pending(dip: dip, last: observation)
    }

    private mutating func note(_ address: IPAddress, _ state: NeighbourState) {
        neighbours[address] = state
        guard neighbours.count > Self.neighbourLimit else { return }
        neighbours = [:]
        neighboursOverflowed = true
    }
}
