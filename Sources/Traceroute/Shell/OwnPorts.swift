internal import Model

/// Destination ports of the probes of one flow, each of which needs one of its own.
///
/// Firewalls let pass the ports that traceroute takes, and some hundred behind them: more are taken only where a former probe
/// may still be answered, for its answer would be read as that of the one that has its port now.
struct OwnPorts {
    private let first: UInt16
    private var owners: [UInt16: Int] = [:]
    /// In the order in which they were given last.
    private var given: [(port: UInt16, at: MonotonicTime)] = []

    /// So many before the first is given again.
    static let usual = 256
    /// So many however many are waited for: a way of 255 hops that are asked sixteen times a second.
    static let most = 4_096
    /// What is answered later is lost.
    static let rest = TracePlan().longestWait * 2

    /// - Parameter port: that before the first; at least `most` come behind it.
    init(behind port: UInt16) {
        first = min(port, UInt16.max - UInt16(Self.most)) + 1
    }

    /// Gives the probe a port: that which has rested longest.
    mutating func take(for number: Int, at now: MonotonicTime) -> UInt16 {
        let isRested = given.first.map { $0.at + Self.rest <= now } ?? false
        let mayGrow = given.count < (isRested ? Self.usual : Self.most)
        let port = mayGrow ? first + UInt16(given.count) : given.removeFirst().port
        given.append((port, now))
        owners[port] = number
        return port
    }

    /// The probe that was sent to the port last; nil for none.
    func owner(of port: UInt16) -> Int? { owners[port] }
}
