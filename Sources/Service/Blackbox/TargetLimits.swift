import Wire

/// What may be asked for over HTTP (`server.probe_targets`). Pure.
///
/// A denial wins; an empty list of allowed prefixes allows all. Addresses at which clouds tell a machine its secrets are
/// denied unless they are allowed by name: by a prefix that holds nothing else.
struct TargetLimits: Sendable, Equatable {
    var allow: [Subnet] = []
    var deny: [Subnet] = []

    /// Instance metadata of Azure, AWS (and its IPv6 form), Alibaba Cloud and Oracle; Azure's wireserver; AWS's credentials of
    /// tasks and of pods.
    static let metadata: [IPAddress] = [
        "169.254.169.254", "168.63.129.16", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192",
        "fd00:ec2::254", "fd00:ec2::23",
    ].compactMap { IPAddress($0) }

    func permits(_ address: IPAddress) -> Bool {
        let meanings = Self.meanings(of: address)
        guard let likely = meanings.first, !meanings.contains(where: isDenied) else { return false }
        return allow.isEmpty || allow.contains { $0.contains(likely) }
    }

    /// Where the configuration itself leads only what clouds tell their machines stays closed.
    func permitsOwn(_ address: IPAddress) -> Bool { !Self.meanings(of: address).contains(where: isSecret) }

    /// Where only the proxy knows the addresses of a name nobody can hold them against a list.
    var permitsUnknown: Bool { allow.isEmpty && deny.isEmpty }

    private func isDenied(_ address: IPAddress) -> Bool {
        deny.contains { $0.contains(address) } || isSecret(address)
    }

    private func isSecret(_ address: IPAddress) -> Bool {
        guard Self.metadata.contains(address) else { return false }
        return !allow.contains { $0.contains(address) && $0.prefixLength == (address.isIPv4 ? 32 : 128) }
    }

    /// What an address leads to, the likeliest first: IPv4 inside IPv6 is judged as itself (mapped and compatible, RFC 4291
    /// §2.5.5; translated, RFC 2765 §2.1; NAT64, RFC 6052 §2.1 and RFC 8215; 6to4, RFC 3056 §2).
    static func meanings(of address: IPAddress) -> [IPAddress] {
        guard case .v6(let value) = address else { return [address] }
        func inner(_ bits: UInt64) -> IPAddress { .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: bits))) }
        let (high, low) = (value.high, value.low)
        if high >> 48 == 0x2002 { return [inner(high >> 16)] }
        // Of the prefix for local use nobody knows how long the translator's own is (RFC 6052 §2.2: the eighth octet is left out).
        if high >> 16 == 0x0064_FF9B_0001 {
            return [
                inner(low), inner((high & 0xFFFF) << 16 | (low >> 40) & 0xFFFF),
                inner((high & 0xFF) << 24 | (low >> 32) & 0xFF_FFFF), inner(low >> 24),
            ]
        }
        // Loopback and the unspecified address have their own meaning.
        let isCompatible = high == 0 && low >> 32 == 0 && low > 1
        let isMapped = high == 0 && (low >> 32 == 0xFFFF || low >> 32 == 0xFFFF_0000)
        let isTranslated = high == 0x0064_FF9B_0000_0000 && low >> 32 == 0
        return [isMapped || isCompatible || isTranslated ? inner(low) : address]
    }
}
