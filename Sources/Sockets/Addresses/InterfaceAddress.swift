public import Wire

/// An IPv6 address of this host's, as a line of `/proc/net/if_inet6` tells it.
public struct InterfaceAddress: Hashable, Sendable {
    public var address: IPv6Address
    public var prefixLength: Int
    /// Index of its interface.
    public var interface: Int32
    /// Others than neighbours answer to it: its scope is global, and no other host was found to have it.
    public var isUsable: Bool
    /// No new conversation should use it (RFC 4862 §5.5.4).
    public var isDeprecated: Bool
    /// It changes from time to time for privacy (RFC 8981).
    public var isTemporary: Bool

    // Flags of linux/if_addr.h.
    private static let temporary = 0x01
    private static let duplicate = 0x08
    private static let deprecated = 0x20
    private static let tentative = 0x40
    /// Of global and unique local addresses (`IPV6_ADDR_ANY` in the kernel's scopes).
    private static let globalScope = 0

    /// Reads `ADDRESS INTERFACE PREFIX SCOPE FLAGS NAME`, all numbers in hexadecimal without prefix.
    public init?(_ line: some StringProtocol) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count >= 5, words[0].utf8.count == 32,
            let high = UInt64(words[0].prefix(16), radix: 16), let low = UInt64(words[0].suffix(16), radix: 16),
            let interface = Int32(words[1], radix: 16), let prefix = UInt8(words[2], radix: 16), prefix <= 128,
            let scope = Int(words[3], radix: 16), let flags = Int(words[4], radix: 16)
        else { return nil }
        address = IPv6Address(high: high, low: low)
        prefixLength = Int(prefix)
        self.interface = interface
        isUsable = scope == Self.globalScope && flags & (Self.duplicate | Self.tentative) == 0
        isDeprecated = flags & Self.deprecated != 0
        isTemporary = flags & Self.temporary != 0
    }

    /// All of this network namespace; none where the kernel has no IPv6.
    public static func all() -> [InterfaceAddress] {
        let bytes = WholeFile.read("/proc/thread-self/net/if_inet6", limit: 1 << 16) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { InterfaceAddress($0) }
    }

    /// What to send from when the packets' first router is `router`: of the interface, in the router's subnet where there is
    /// one, neither deprecated nor temporary where there is one.
    /// - Parameter interface: nil for any.
    public static func source(
        towards router: IPv6Address,
        by interface: Int32?,
        among addresses: [InterfaceAddress]
    ) -> IPv6Address? {
        func rank(_ candidate: InterfaceAddress) -> Int {
            let length = candidate.prefixLength
            let isNear = Subnet.masked(.v6(candidate.address), to: length) == Subnet.masked(.v6(router), to: length)
            return (isNear ? 0 : 4) + (candidate.isDeprecated ? 2 : 0) + (candidate.isTemporary ? 1 : 0)
        }
        let candidates = addresses.filter { $0.isUsable && (interface == nil || $0.interface == interface) }
        return candidates.min { rank($0) < rank($1) }?.address
    }
}
