import Document
import Model
import Wire

/// What is wrong with the pins of paths: in themselves, against each other, and on this host.
struct PinCheck {
    private struct Use {
        var path: PathID
        var mark: Mark
    }

    /// Two paths that one pin stands for.
    struct Pair {
        var first: PathID
        var firstMark: Mark
        var second: PathID
        var secondMark: Mark
    }

    let host: any HostFacts
    let log: DiagnosticLog
    private var seen: [String: [Use]] = [:]
    private(set) var pairs: [Pair] = []
    private var interfaces: [(name: String, mark: Mark)] = []

    init(host: any HostFacts, log: DiagnosticLog) {
        self.host = host
        self.log = log
    }

    mutating func check(_ pin: Pin, _ reader: MappingReader, path: PathID) {
        let ways = ["source", "interface", "mark"].filter { reader.node($0) != nil }
        guard let way = ways.first else {
            log.error("the pin binds nothing", at: reader.mark, allowed: "one of source, interface, mark")
            return
        }
        if let second = ways.dropFirst().first {
            let message = "the pin has both \(way) and \(second)"
            log.error(message, at: reader.mark(of: second), allowed: "one of source, interface, mark")
            return
        }
        for (key, address) in [("source", pin.source), ("next_hop", pin.nextHop)] {
            guard let address, !address.isOfHost else { continue }
            log.error("\(address) is no address of a host", at: reader.mark(of: key), allowed: "a unicast address")
            return
        }
        checkNextHop(pin, reader)
        checkHost(pin, reader)
        guard pin != Pin(dscp: pin.dscp, nextHop: pin.nextHop, returns: pin.returns) else { return }
        let binding =
            "\(pin.source?.description ?? "") \(pin.interface ?? "") \(pin.mark ?? 0) \(pin.nextHop?.description ?? "")"
        let mark = reader.mark(of: way)
        for first in seen[binding] ?? [] {
            pairs.append(Pair(first: first.path, firstMark: first.mark, second: path, secondMark: mark))
        }
        seen[binding, default: []].append(Use(path: path, mark: mark))
    }

    private func checkNextHop(_ pin: Pin, _ reader: MappingReader) {
        guard let nextHop = pin.nextHop else { return }
        let place = reader.mark(of: "next_hop")
        if let source = pin.source, nextHop.isIPv4 != source.isIPv4 {
            let allowed = "an address of the family of \(source)"
            log.error("next_hop and source are of two families", at: place, allowed: allowed)
        } else if nextHop.isLinkLocal, pin.interface == nil {
            let allowed = "a pin by interface, or a next_hop that is good on every link"
            log.error("next_hop \(nextHop) is link-local, and the pin names no interface", at: place, allowed: allowed)
        }
    }

    private mutating func checkHost(_ pin: Pin, _ reader: MappingReader) {
        if let name = pin.interface {
            interfaces.append((name, reader.mark(of: "interface")))
            if !host.hasInterface(name) {
                let message = "there is no interface \(quoted(name)) on this host"
                log.warning("\(message): the path is unknown until it appears", at: reader.mark(of: "interface"))
            }
        }
        if let source = pin.source, !host.hasLocalAddress(source) {
            let message = "no interface of this host has the address \(source)"
            log.warning("\(message): the path is unknown until one has", at: reader.mark(of: "source"))
        }
    }

    /// The interface that a connection's own subnet lies on carries its answers, whatever the pin is.
    mutating func note(connection subnet: Subnet, at mark: Mark) {
        guard let name = host.interface(in: subnet) else { return }
        interfaces.append((name, mark))
    }

    /// Strict reverse-path filtering drops an answer that comes in elsewhere than the route to its sender goes out.
    /// With one interface that never shows; with several it looks like loss of the idle path.
    func finish() {
        guard Set(interfaces.map(\.name)).count > 1 else { return }
        var told: Set<String> = []
        for (name, mark) in interfaces where host.reversePathFilter(of: name) == 1 && told.insert(name).inserted {
            let message = "strict reverse-path filtering (rp_filter=1) on \(name), one of several interfaces of paths, "
            let advice = "sysctl net.ipv4.conf.\(name).rp_filter=2 (also net.ipv4.conf.all.rp_filter, if that is 1)"
            log.warning(message + "drops the answers of every path but the routed one", at: mark, allowed: advice)
        }
    }
}
