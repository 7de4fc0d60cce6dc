internal import Model
internal import Sockets
internal import Wire

/// By which next hop of this host the packets of each flow leave.
///
/// The kernel routes packets of a raw socket without looking at their ports: with several next hops it would send all flows
/// one way, while a connection with the same ports takes another. So it is asked about each flow as it would route a
/// connection, and where flows part the packet is handed to the next hop that it names.
struct FlowDoors {
    struct Door {
        var address: SocketAddress
        var control: SendControl
    }

    private let routes: RouteQuery?
    private let question: RouteQuestion
    /// Where all flows go as long as none parts from the others.
    private let usual: Door
    /// The host has several next hops for them.
    private let isDivided: Bool
    private var doors: [Int: Door] = [:]

    /// Source ports that are asked about to see whether flows part; with two next hops all take one in 1 of 2^15 hosts.
    private static let samples = 16

    /// - Parameter question: with the protocol and the port of the target, and with the source that the packets bear.
    init(_ question: RouteQuestion, usual: Door) {
        let routes = try? RouteQuery()
        let verdicts = (0..<Self.samples).map { sample -> RouteObservation.Verdict? in
            var question = question
            question.flow?.sourcePort = UInt16(61_000 + sample * 97)
            return try? routes?.observe(question).verdict
        }
        self.routes = routes
        self.question = question
        self.usual = usual
        isDivided = verdicts.contains { $0 != verdicts.first }
    }

    /// - Parameter port: the source port of the flow.
    mutating func door(of flow: Int, port: UInt16) -> Door {
        guard isDivided else { return usual }
        if let known = doors[flow] { return known }
        let door = find(port) ?? usual
        doors[flow] = door
        return door
    }

    private func find(_ port: UInt16) -> Door? {
        var question = question
        question.flow?.sourcePort = port
        guard case .route(let name, let gateway?, _)? = try? routes?.observe(question).verdict,
            let interface = Interface.index(of: name), gateway.family == question.destination.family
        else { return nil }
        var control = SendControl()
        control.addInterface(interface, family: gateway.family)
        let scope = gateway.isLinkLocal ? UInt32(bitPattern: interface) : 0
        return Door(address: SocketAddress(gateway, scope: scope), control: control)
    }
}
