public import Wire

/// What a name server says of a storage endpoint. Pure.
public enum StorageResolution: String, Sendable, CaseIterable {
    /// No private endpoint, a public address.
    case `public`
    /// Through the private zone to a private address.
    case `private`
    /// A private endpoint exists, and this resolver gives the public address: the forwarder does not ask the private zone.
    case bypassed
    /// The private zone is linked and has no record for this account.
    case noRecord = "no_record"
    /// A private address without a private endpoint: a hosts file, or somebody in between.
    case override

    /// Judges an answer by the aliases on the way and the addresses at the end; their number and order mean nothing.
    public init(aliases: [String], addresses: [IPAddress]) {
        let hasPrivateLink = aliases.contains { name in
            name.lowercased().split(separator: ".").contains("privatelink")
        }
        guard !addresses.isEmpty else {
            self = .noRecord
            return
        }
        let isPrivate = addresses.allSatisfy(\.isOfPrivateNetwork)
        switch (hasPrivateLink, isPrivate) {
        case (true, true): self = .private
        case (true, false): self = .bypassed
        case (false, true): self = .override
        case (false, false): self = .public
        }
    }
}

extension IPAddress {
    /// RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193, loopback and link-local.
    public var isOfPrivateNetwork: Bool {
        Self.privateNetworks.contains { $0.contains(self) }
    }

    private static let privateNetworks: [Subnet] = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7",
        "fe80::/10", "::1/128",
    ].compactMap { Subnet($0) }
}
