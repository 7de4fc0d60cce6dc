import Document
import Model
import Wire

extension SectionReader {
    /// A pin's source gives its path one address family: a target of the other can never be asked over it.
    func checkFamilies(_ key: String, _ reader: MappingReader, over paths: [(id: PathID, pin: Pin)]) {
        let bound = paths.compactMap { path in path.pin.source.map { (path: path.id, source: $0) } }
        guard !bound.isEmpty else { return }
        for node in reader.items(key) {
            // What is no target has been told already.
            guard let target = (node["target"] ?? node).text.flatMap({ try? Target(parsing: $0) }),
                let address = target.address,
                let first = bound.first(where: { $0.source.isIPv4 != address.isIPv4 })
            else { continue }
            log.error(
                "\(target) cannot be asked over \(first.path): its pin's source \(first.source) is of the other family",
                at: targetMark(node),
                allowed: "a target of the family of \(first.source), or a pin by interface or mark"
            )
        }
    }

    /// One pin for two paths is well where each carries packets of its own family.
    func warnOfSamePins() {
        guard !samePins.isEmpty else { return }
        let topology = configuration.topology
        var told: Set<PathID> = []
        for pair in samePins {
            guard !told.contains(pair.second),
                !families(of: pair.first, topology).isDisjoint(with: families(of: pair.second, topology))
            else { continue }
            told.insert(pair.second)
            let message = "the same pin as \(pair.first) at \(pair.firstMark)"
            log.warning("\(message): probes cannot tell the two paths apart", at: pair.secondMark)
        }
    }

    private func families(of id: PathID, _ topology: Topology) -> Set<IPFamily> {
        topology.path(id)?.families(in: topology.links) ?? [.v4, .v6]
    }

    /// Of the circuits and VPNs that were read.
    var pins: [PathID: Pin] {
        var result: [PathID: Pin] = [:]
        for circuit in configuration.circuits {
            for connection in Connection.allCases {
                result[PathID(circuit: circuit.name, connection: connection)] = circuit[connection].pin
            }
        }
        for vpn in configuration.vpns { result[PathID(rawValue: vpn.name)] = vpn.pin }
        result[.internet] = configuration.internet.pin
        return result
    }
}
