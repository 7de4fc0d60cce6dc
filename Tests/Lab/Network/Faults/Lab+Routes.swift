import TestSupport

/// What operators and providers do to routing.
extension Lab {
    /// An edge of Microsoft in maintenance: it makes its routes long, and its sessions stay up.
    public func prepend(at part: Part) throws {
        let path = Array(repeating: "12076", count: 8).joined(separator: " ")
        try router(part).configure(["route-map out permit 10", "set as-path prepend \(path)", "exit"])
        try router(part).ask("clear bgp ipv4 unicast * soft out")
    }

    /// Both sides prefer the VPN, as where a route was not taken back after a failover.
    public func preferVPN() throws {
        for part in [Part.edge, .vnet] {
            try router(part).configure(["route-map expressroute permit 10", "set local-preference 50", "exit"])
            try router(part).ask("clear bgp ipv4 unicast * soft in")
        }
    }

    /// Only Azure prefers the VPN: what comes back takes another way than what goes.
    public func preferVPNInAzure() throws {
        try router(.vnet).configure(["route-map expressroute permit 10", "set local-preference 50", "exit"])
        try router(.vnet).ask("clear bgp ipv4 unicast * soft in")
    }

    /// What may be announced over the VPN beside the VNet's own prefix: both workloads, or one of them.
    private static let longerPrefixes = ["10.1.0.0/29", "10.1.0.4/32", "10.1.0.5/32"]

    /// A longer prefix is announced over the VPN, and wins.
    public func announceLongerPrefixOverVPN(_ prefix: String = "10.1.0.0/29") throws {
        try router(.vpngw).configure([
            "router bgp 65515", "address-family ipv4 unicast", "network \(prefix)", "exit", "exit",
        ])
    }

    /// What the VPN's probes are sent from is announced over the circuit too, and Azure prefers that way.
    public func announceVPNPinOverCircuit() throws {
        try router(.edge).configure(
            ["primary", "secondary"].flatMap { list in
                [
                    "ip prefix-list \(list) seq 20 permit 10.9.0.13/32",
                    "ip prefix-list \(list) seq 25 permit 169.254.21.1/32",
                ]
            }
        )
        try router(.edge).ask("clear bgp ipv4 unicast * soft out")
    }

    /// The operator of the customer edge shuts the private peering's session with a Microsoft edge; BFD goes with it, and
    /// Microsoft's peering stays.
    public func shutSession(with part: Part) throws {
        guard let address = Self.sessions[part] else { return }
        try router(.edge).configure(["router bgp 65010", "neighbor \(address) shutdown", "exit"])
    }

    private static let sessions: [Part: String] = [.msee1: "172.16.0.2", .msee2: "172.16.0.6"]

    /// BGP's own timers are all that is left: a hold time of 10 s.
    public func setBFD(_ isOn: Bool) throws {
        let no = isOn ? "" : "no "
        // Of both peerings: the private one and Microsoft's.
        func session(_ end: Int) -> [String] { (0...1).map { "\(no)neighbor 172.16.\($0).\(end) bfd" } }
        try router(.edge).configure(["router bgp 65010"] + session(2) + session(6) + ["exit"])
        try router(.msee1).configure(["router bgp 12076"] + session(1) + ["exit"])
        try router(.msee2).configure(["router bgp 12076"] + session(5) + ["exit"])
    }

    func undoRouting() throws {
        for part in [Part.msee1, .msee2] {
            guard try router(part).ask("show running-config bgpd").contains("prepend") else { continue }
            try router(part).configure(["route-map out permit 10", "no set as-path prepend", "exit"])
            try router(part).ask("clear bgp ipv4 unicast * soft out")
        }
        for (part, preference) in [(Part.edge, 150), (.vnet, 200)] {
            let running = try router(part).ask("show running-config bgpd")
            if !running.contains("set local-preference \(preference)") {
                try router(part).configure([
                    "route-map expressroute permit 10", "set local-preference \(preference)", "exit",
                ])
                try router(part).ask("clear bgp ipv4 unicast * soft in")
            }
            if part == .edge, running.contains("seq 20") {
                try router(part).configure([
                    "no ip prefix-list primary seq 20", "no ip prefix-list secondary seq 20",
                    "no ip prefix-list primary seq 25", "no ip prefix-list secondary seq 25",
                ])
                try router(part).ask("clear bgp ipv4 unicast * soft out")
            }
            for address in Self.sessions.values where part == .edge && running.contains("\(address) shutdown") {
                try router(.edge).configure(["router bgp 65010", "no neighbor \(address) shutdown", "exit"])
            }
            if part == .edge, !running.contains("172.16.0.2 bfd") { try setBFD(true) }
        }
        let announced = try router(.vpngw).ask("show running-config bgpd")
        for prefix in Self.longerPrefixes where announced.contains("network \(prefix)") {
            try router(.vpngw).configure([
                "router bgp 65515", "address-family ipv4 unicast", "no network \(prefix)", "exit", "exit",
            ])
        }
    }
}
