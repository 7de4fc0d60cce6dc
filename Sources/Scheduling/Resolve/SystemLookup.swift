internal import Glibc
public import Model
internal import Sockets
internal import Wire

/// The system's resolver: hosts file, DNS and whatever else nsswitch.conf names.
public enum SystemLookup {
    /// The resolver gives one server at least a second before it says "again" for silence; a server that answers
    /// SERVFAIL does so at once.
    static let patience: Duration = .seconds(1)

    /// Blocks until `getaddrinfo` has an answer, which may take half a minute.
    public static func resolve(_ name: String) -> Resolution {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        let started = SystemClock.monotonic()
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else {
            return .failed(reason(code: code, after: SystemClock.monotonic() - started))
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = address(of: entry), !addresses.contains(address) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses.isEmpty ? .failed(.dnsError) : .addresses(addresses)
    }

    /// - Parameter elapsed: tells a server that is silent from one that refuses; both are EAI_AGAIN.
    public static func reason(code: Int32, after elapsed: Duration) -> Reason {
        switch code {
        case EAI_NONAME: .dnsNXDomain
        case EAI_AGAIN: elapsed >= patience ? .dnsTimeout : .dnsServFail
        // Also EAI_NODATA and EAI_ADDRFAMILY: the name exists without an address, which is not NXDOMAIN (RFC 2308 §2.2).
        default: .dnsError
        }
    }

    private static func address(of entry: addrinfo) -> IPAddress? {
        guard let pointer = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            let structure = pointer.loadUnaligned(as: sockaddr_in.self)
            return .v4(IPv4Address(rawValue: UInt32(bigEndian: structure.sin_addr.s_addr)))
        case AF_INET6:
            let high = UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            return .v6(IPv6Address(high: high, low: low))
        default:
            return nil
        }
    }
}
