internal import Model
internal import Sockets
internal import Wire

/// Keeps probes from leaving by an interface that has no route to their destination (contract §2: `no_route` at once).
struct RouteGuard {
    private var table: RouteTable?
    private var isOpened = false

    /// How long "there is a route" holds, in nanoseconds: probes that are further apart ask each time, so that none is sent
    /// into a route that is gone. "There is none" is asked again for each probe.
    static let validity: Int64 = 50_000_000

    /// Whether the routing table leads to the destination by the pinned interface; true where none is pinned.
    mutating func leads(_ task: ProbeTask, by interface: Int32) -> Bool {
        guard task.pin.interface != nil, interface != 0 else { return true }
        if !isOpened {
            isOpened = true
            table = try? RouteTable()
        }
        guard let table else { return true }
        let question = RouteQuestion(destination: task.destination, source: task.pin.source, mark: task.pin.mark)
        return table.leads(question, by: interface)
    }

    static func message(_ task: ProbeTask) -> String {
        let name = task.pin.interface ?? ""
        let way = task.pin.nextHop.map { "\($0)" } ?? "NEXT-HOP"
        let table = task.pin.source.map { " for source \($0)" } ?? ""
        return
            "the routing table\(table) has no way to \(task.destination) by \(name); "
            + "give the pin a next_hop (ICMP), or "
            + "probes bound to it a table: ip\(task.destination.isIPv4 ? "" : " -6") route add default via \(way) "
            + "dev \(name) table 4000, ip\(task.destination.isIPv4 ? "" : " -6") rule add oif \(name) lookup 4000"
    }
}
