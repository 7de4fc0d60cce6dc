public import TestSupport

/// What happens to packets. Every rule stands in the table `fault`, which `heal` deletes.
extension Lab {
    /// Silently, in one moment.
    @discardableResult
    public func cut(_ wires: String...) throws -> Moment {
        try self.wires.tell(["cut"] + wires)
    }

    @discardableResult
    public func mend(_ wires: String...) throws -> Moment {
        try self.wires.tell(["mend"] + wires)
    }

    /// With loss of carrier at both ends.
    @discardableResult
    public func unplug(_ wires: String...) throws -> Moment {
        try self.wires.tell(["unplug"] + wires)
    }

    /// A share of what an address of the probe host sends over a wire vanishes; the delay stays.
    public func lose(_ share: Double, on wire: String, from source: String, to destination: String? = nil) throws {
        let meant = ["source=\(source)"] + (destination.map { ["destination=\($0)"] } ?? [])
        try wires.set(wire, .out, ["loss=\(share)", "delay_us=1000"] + meant)
    }

    /// A share of it arrives twice, another overtakes what was sent before.
    public func scramble(
        twice: Double,
        overtaking: Double,
        on wire: String,
        from source: String,
        to destination: String
    )
        throws
    {
        let meant = ["source=\(source)", "destination=\(destination)", "duplicate=\(twice)", "reorder=\(overtaking)"]
        try wires.set(wire, .out, ["delay_us=25000"] + meant)
    }

    /// It swallows what it forwards, from one interface or from all; BGP, BFD and its own answers go on.
    public func blackhole(behind part: Part, from interface: String? = nil) throws {
        let match = interface.map { "iifname \"\($0)\" " } ?? ""
        try fault(part, "forward priority -10", "\(match)drop")
    }

    /// The customer side of the edges swallows everything but BGP and BFD.
    public func blackholeCircuit() throws {
        for part in [Part.msee1, .msee2] {
            try fault(part, "prerouting priority -300", #"iifname "ce" tcp dport != 179 tcp sport != 179 drop"#)
            try Self.nft(part, #"add rule inet fault c iifname "ce" ip protocol icmp drop"#)
        }
    }

    /// ESP vanishes, IKE and its dead peer detection do not: the first four bytes of ESP in UDP are no zeros.
    public func swallowESP() throws {
        try fault(.vpngw, "prerouting priority -300", "udp dport 4500 @th,64,32 != 0 drop")
    }

    /// An edge that polices ICMP: it answers one of ten.
    public func policeEdge(_ part: Part) throws {
        let rule = "ip daddr { 172.16.0.2, 172.16.0.6 } icmp type echo-request numgen inc mod 10 != 0 drop"
        try fault(part, "prerouting priority -300", rule)
    }

    /// Nothing passes between the probe host and its router.
    public func isolateProbeHost() throws {
        try fault(.edge, "prerouting priority -300", #"iifname "lan" drop"#)
    }

    /// A firewall that lets nobody to Microsoft's services over the Internet, as long as nobody needed it.
    public func closeInternet() throws {
        try fault(.edge, "postrouting priority 200", #"oifname "wan" ip daddr 13.107.0.0/16 drop"#)
    }

    /// One direction of the flows with an odd source port.
    public func dropOddFlows(at part: Part) throws {
        try fault(part, "prerouting priority -300", "tcp dport 443 tcp sport & 1 == 1 drop")
    }

    public func removeFaults(at parts: Part...) throws {
        for part in parts { try namespace(part).run("nft", "delete table inet fault") }
    }

    private func fault(_ part: Part, _ hook: String, _ rule: String) throws {
        try Self.nft(part, "table inet fault { chain c { type filter hook \(hook); \(rule); }; }")
    }
}
