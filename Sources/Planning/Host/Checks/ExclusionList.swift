internal import Wire

/// `no_proxy` by the agent's rules (`restutil.py`): an IPv4 address is passed by where it or a network that holds it stands in
/// the list; a name where an entry is its end, dot or not. `*` stands for nothing.
struct ExclusionList: Equatable, Sendable {
    let entries: [String]

    init(_ value: String) {
        entries = value.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
    }

    /// Requests to the host go directly.
    func excludes(_ host: String) -> Bool {
        guard let address = IPv4Address(host) else {
            return entries.contains { host.lowercased().hasSuffix($0.lowercased()) }
        }
        return entries.contains { $0 == host || Self.network($0, holds: address) }
    }

    private static func network(_ entry: String, holds address: IPv4Address) -> Bool {
        let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = IPv4Address(parts[0]), let length = UInt32(parts[1]), length <= 32 else {
            return false
        }
        let mask: UInt32 = length == 0 ? 0 : .max << (32 - length)
        return base.rawValue & mask == address.rawValue & mask
    }

    private static func isBrokenNetwork(_ entry: String) -> Bool {
        let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1, IPv6Address(parts[0]) == nil else { return false }
        guard parts.count == 2, IPv4Address(parts[0]) != nil, let length = UInt32(parts[1]) else { return true }
        return length > 32
    }

    private static func hasPort(_ entry: String) -> Bool {
        guard let colon = entry.lastIndex(of: ":"), IPv6Address(entry) == nil else { return false }
        let (host, port) = (entry[..<colon], entry[entry.index(after: colon)...])
        return !host.isEmpty && UInt16(port) != nil && (!host.contains(":") || host.hasSuffix("]"))
    }

    /// Entries that do something else than whoever wrote them wanted.
    var misleading: [String] {
        entries.compactMap { entry in
            if entry.contains("*") {
                return "'\(entry)' matches nothing: the agent knows no wildcards; write the end of the name"
            }
            if Self.isBrokenNetwork(entry) {
                return "'\(entry)' matches nothing: it is no network of IPv4 (ADDRESS/LENGTH, 0 to 32)"
            }
            if Self.hasPort(entry) {
                return "'\(entry)' matches nothing: the agent compares hosts without a port"
            }
            if !entry.contains("."), !entry.contains(":"), entry != "localhost" {
                return "'\(entry)' matches every name that ends with it"
            }
            return nil
        }
    }
}
