import Document
import Model
import Wire

extension SectionReader {
    mutating func readPaths(_ root: MappingReader) {
        var pins = PinCheck(host: host, log: log)
        for entry in root.entries("circuits") where checkPathName(entry, what: "circuit") {
            if let circuit = circuit(entry, &pins) { configuration.circuits.append(circuit) }
        }
        checkOverlapBetweenCircuits(root)
        let circuits = Set(root.entries("circuits").map(\.key))
        for entry in root.entries("vpns") where checkPathName(entry, what: "VPN") {
            if circuits.contains(entry.key) {
                let allowed = "a name that no circuit has"
                log.error("\(quoted(entry.key)) is also the name of a circuit", at: entry.mark, allowed: allowed)
            }
            if let vpn = vpn(entry, &pins) { configuration.vpns.append(vpn) }
        }
        if let reader = root.mapping("internet", Schema.internet) {
            configuration.internet.pin = pin(reader, path: .internet, &pins)
            configuration.internet.edge = probes("edge", reader, isWorkload: false)
            checkFamilies("edge", reader, over: [(.internet, configuration.internet.pin)])
        }
        pins.finish()
        samePins = pins.pairs
    }

    private func checkPathName(_ entry: Node.Entry, what: String) -> Bool {
        if entry.key == PathID.internet.rawValue {
            let message = "'internet' is the path that exists by itself"
            log.error(message, at: entry.mark, allowed: "another name for the \(what)")
            return false
        }
        return Format<String>.name.read(Node(.scalar(entry.key, .plain), at: entry.mark), log) != nil
    }

    private func circuit(_ entry: Node.Entry, _ pins: inout PinCheck) -> Circuit? {
        guard let reader = MappingReader(entry.value, Schema.circuit, log) else { return nil }
        let primary = leg("primary", reader, circuit: entry.key, &pins)
        let secondary = leg("secondary", reader, circuit: entry.key, &pins)
        let provider = reader.optional("provider", .text)
        let peering = reader.value("peering", .choice, default: Peering.private)
        let bfd = reader.value("bfd", .choice, default: PathSpec.BFDMode.off)
        guard let primary, let secondary else { return nil }
        if primary.subnet.overlaps(secondary.subnet), let place = reader.node("secondary")?["subnet"]?.mark {
            let message = "the secondary subnet \(secondary.subnet) overlaps the primary \(primary.subnet)"
            log.error(message, at: place, allowed: "two subnets apart")
        }
        return Circuit(
            name: entry.key,
            provider: provider,
            peering: peering,
            primary: primary,
            secondary: secondary,
            bfd: bfd
        )
    }

    private func leg(
        _ key: String,
        _ circuit: MappingReader,
        circuit name: String,
        _ pins: inout PinCheck
    ) -> Circuit.Leg? {
        guard let node = circuit.node(key) else {
            let allowed = "{subnet: 172.16.0.0/30, pin: {source: ADDRESS}}"
            log.error("\(key) is missing", at: circuit.mark, allowed: allowed)
            return nil
        }
        guard let reader = MappingReader(node, Schema.leg, log) else { return nil }
        let pin = pin(reader, path: PathID(rawValue: "\(name)/\(key)"), &pins)
        var edge = probes("edge", reader, isWorkload: false)
        checkFamilies("edge", reader, over: [(PathID(rawValue: "\(name)/\(key)"), pin)])
        guard let subnet = reader.required("subnet", .connectionSubnet) else { return nil }
        pins.note(connection: subnet, at: reader.mark(of: "subnet"))
        if let hop = pin.nextHop, pin.source == nil, hop.isIPv4 != subnet.address.isIPv4 {
            let message = "the pin's next_hop \(hop) and the subnet are of two families"
            log.error(message, at: reader.mark, allowed: "a next_hop of the family of \(subnet)")
        }
        if let source = pin.source, source.isIPv4 != subnet.address.isIPv4 {
            let allowed = "a source of the family of \(subnet)"
            log.error(
                "the pin's source \(source) and the subnet are of two families",
                at: reader.mark,
                allowed: allowed
            )
        }
        if reader.node("edge") == nil, let address = subnet.address(at: 2) {
            let target = Target(scheme: .icmp, host: address.description)
            let defaults = configuration.defaults
            edge = [ProbeSpec(target: target, interval: defaults.interval, timeout: defaults.timeout)]
        }
        return Circuit.Leg(subnet: subnet, pin: pin, edge: edge)
    }

    private func vpn(_ entry: Node.Entry, _ pins: inout PinCheck) -> VPN? {
        guard let reader = MappingReader(entry.value, Schema.vpn, log) else { return nil }
        var seen: [String: Mark] = [:]
        let gateways = reader.items("gateways").compactMap { node -> String? in
            guard let host = Format<String>.host.read(node, log) else { return nil }
            checkUnique(host, "gateway", at: node.mark, in: &seen)
            return host
        }
        let ike = reader.value("ike", .choice, default: PathSpec.IKEMode.hint)
        if ike == .required, gateways.isEmpty, reader.node("gateways") == nil {
            log.error("ike: required without gateways", at: reader.mark(of: "ike"), allowed: "gateways to ask")
        }
        let pin = pin(reader, path: PathID(rawValue: entry.key), &pins)
        checkFamilies("edge", reader, over: [(PathID(rawValue: entry.key), pin)])
        return VPN(
            name: entry.key,
            gateways: gateways,
            pin: pin,
            edge: probes("edge", reader, isWorkload: false),
            ike: ike
        )
    }

    private func pin(_ path: MappingReader, path name: PathID, _ pins: inout PinCheck) -> Pin {
        guard let reader = path.mapping("pin", Schema.pin) else { return .none }
        let pin = Pin(
            source: reader.optional("source", .address),
            interface: reader.optional("interface", .interface),
            mark: reader.optional("mark", .mark),
            dscp: reader.optional("dscp", .integer(0...63)).map { UInt8($0) },
            nextHop: reader.optional("next_hop", .address),
            returns: reader.value("returns", .boolean, default: false)
        )
        pins.check(pin, reader, path: name)
        return pin
    }

    private func checkOverlapBetweenCircuits(_ root: MappingReader) {
        var owners: [Subnet: String] = [:]
        for circuit in configuration.circuits {
            for connection in Connection.allCases {
                let subnet = circuit[connection].subnet
                guard let owner = owners[subnet] else {
                    owners[subnet] = circuit.name
                    continue
                }
                let place = root.node("circuits")?[circuit.name]?[connection.rawValue]?["subnet"]
                if owner != circuit.name, let place {
                    log.warning("the subnet \(subnet) is also one of circuit \(quoted(owner))", at: place.mark)
                }
            }
        }
    }
}

extension Subnet {
    func overlaps(_ other: Subnet) -> Bool {
        contains(other.address) || other.contains(address)
    }
}
