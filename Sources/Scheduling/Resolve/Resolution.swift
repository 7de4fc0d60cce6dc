public import Model
public import Sockets
public import Wire

/// What the system's resolver says of a name.
public enum Resolution: Hashable, Sendable {
    /// At least one, in the order of preference.
    case addresses([IPAddress])
    /// `dns_nxdomain`, `dns_timeout`, `dns_servfail`, `dns_error` (also a name that exists without a fitting address,
    /// RFC 2308 §2.2); `overload` when too many wait for one name.
    case failed(Reason)

    /// What is left under a preference.
    public func restricted(to preference: AddressPreference) -> Resolution {
        guard case .addresses(let addresses) = self else { return self }
        let chosen = preference.apply(to: addresses)
        return chosen.isEmpty ? .failed(.dnsError) : .addresses(chosen)
    }
}

/// Which family of addresses is wanted.
public enum AddressPreference: Hashable, Sendable {
    /// The system's order (RFC 6724).
    case any
    /// Those of the family first.
    case prefer(AddressFamily)
    case only(AddressFamily)

    func apply(to addresses: [IPAddress]) -> [IPAddress] {
        switch self {
        case .any: addresses
        case .prefer(let family):
            addresses.filter { $0.family == family } + addresses.filter { $0.family != family }
        case .only(let family): addresses.filter { $0.family == family }
        }
    }
}
