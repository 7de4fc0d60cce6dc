import TestSupport

/// Whether the lab is as it should be, and how it becomes so again.
extension Lab {
    /// Both connections and the tunnel carry routes, both ways.
    public func waitUntilWhole(within limit: Duration = .seconds(40)) throws {
        var missing: [String] = []
        do {
            try eventually("the lab's routes", within: limit, every: .milliseconds(50)) { () throws -> Bool? in
                missing = try Self.missingRoutes()
                return missing.isEmpty ? true : nil
            }
        } catch is TimedOut {
            throw TimedOut("routes: \(missing); tunnel up: \(tunnel.customer.isEstablished)", after: limit)
        }
    }

    /// Undoes every fault.
    public func heal() throws {
        try wires.tell("mend", "er1", "er2", "wan")
        try Self.delay(wires)
        let names = Part.allCases.map { namespace($0).name }
        let remove = "for name; do ip netns exec \"$name\" nft delete table inet fault 2>/dev/null; done; true"
        try Shell.run(["sh", "-c", remove, "sh"] + names)
        try undoRouting()
        try waitUntilWhole()
    }

    /// What the wires do at random is the same from here on for the same number.
    public func seed(_ number: UInt64) throws {
        for (wire, _) in Self.delays { try wires.tell("seed", wire, "\(number)") }
    }

    private static func missingRoutes() throws -> [String] {
        let wanted: [(Part, String, [String])] = [
            (.edge, "10.1.0.0/24", ["dev er1", "dev er2"]),
            (.vnet, "10.0.0.0/24", ["dev ergw"]), (.vnet, "10.9.0.11", ["dev ergw"]),
            (.vnet, "10.9.0.12", ["dev ergw"]), (.vnet, "10.9.0.13", ["dev vpngw"]),
            (.ergw, "10.0.0.0/24", ["dev msee1", "dev msee2"]), (.ergw, "10.9.0.11", ["dev msee1"]),
            (.ergw, "10.9.0.12", ["dev msee2"]), (.vpngw, "10.0.0.0/24", ["dev ipsec0"]),
            (.vnet, "169.254.21.1", ["dev vpngw"]), (.vnet, "172.16.0.0/30", ["dev ergw"]),
            (.edge, "10.2.0.0/24", ["dev er1", "dev er2"]), (.vnet2, "10.9.0.11", ["dev msee1"]),
            (.vnet2, "10.9.0.12", ["dev msee2"]), (.edge, "13.107.6.0/24", ["dev er1", "dev er2"]),
        ]
        // One question for each part: a scenario begins with this, and starting a program takes as long as an answer.
        var tables: [Part: [Substring]] = [:]
        for part in Set(wanted.map(\.0)) {
            let shown = try Shell.run("ip", "-oneline", "-n", namespace(part).name, "route", "show")
            tables[part] = shown.split(separator: "\n")
        }
        return wanted.flatMap { part, prefix, ways in
            let routes = (tables[part] ?? []).filter { $0.hasPrefix("\(prefix) ") }
            return ways.filter { way in !routes.contains { $0.contains(way) } }.map {
                "\(part.rawValue): \(prefix) \($0)"
            }
        }
    }
}
