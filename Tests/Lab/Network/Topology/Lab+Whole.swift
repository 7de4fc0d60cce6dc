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
        for part in Part.allCases { _ = try? namespace(part).run("nft", "delete table inet fault") }
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
        return try wanted.flatMap { part, prefix, ways in
            let shown = try Shell.run("ip", "-n", namespace(part).name, "route", "show", prefix)
            return ways.filter { !shown.contains($0) }.map { "\(part.rawValue): \(prefix) \($0)" }
        }
    }
}
