import Wire

/// What may be asked for over HTTP (`server.probe_targets`). Pure.
///
/// A denial wins; an empty list of allowed prefixes allows all. Addresses at which clouds tell a machine its secrets are
/// denied unless they are allowed by name: by a prefix that holds nothing else.
struct TargetLimits: Sendable, Equatable {
    var allow: [Subnet] = []
    var deny: [Subnet] = []

    /// Instance metadata of Azure, AWS (and its IPv6 form), Alibaba Cloud and Oracle; Azure's wireserver; AWS's task credentials.
    static let metadata: [IPAddress] = [
        "169.254.169.254", "168.63.129.16", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254",
    ].compactMap { IPAddress($0) }

    func permits(_ address: IPAddress) -> Bool {
        let address = Self.unwrapped(address)
        if deny.contains(where: { $0.contains(address) }) { return false }
        let allowing = allow.filter { $0.contains(address) }
        if Self.metadata.contains(address) {
            return allowing.contains { $0.prefixLength == (address.isIPv4 ? 32 : 128) }
        }
        return allow.isEmpty || !allowing.isEmpty
    }

    /// IPv4 inside IPv6 (mapped and compatible, RFC 4291 §2.5.5; NAT64, RFC 6052 §2.1; 6to4, RFC 3056 §2) is judged as
    /// what it leads to.
    static func unwrapped(_ address: IPAddress) -> IPAddress {
        guard case .v6(let value) = address else { return address }
        let isMapped = value.high == 0 && value.low >> 32 == 0xFFFF
        let is6to4 = value.high >> 48 == 0x2002
        if is6to4 { return .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: value.high >> 16))) }
        // Loopback and the unspecified address have their own meaning.
        let isCompatible = value.high == 0 && value.low >> 32 == 0 && value.low > 1
        let isTranslated = value.high == 0x0064_FF9B_0000_0000 && value.low >> 32 == 0
        guard isMapped || isCompatible || isTranslated else { return address }
        return .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: value.low)))
    }
}
