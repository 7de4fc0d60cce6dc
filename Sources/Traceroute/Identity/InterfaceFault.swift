/// Why no packet leaves by an interface, whatever the routing table says of it.
enum InterfaceFault {
    case down
    /// The cable, or what lies at its other end.
    case noCarrier

    /// Behind the name of the interface.
    var text: String {
        switch self {
        case .down: "is down"
        case .noCarrier: "has no carrier"
        }
    }
}
