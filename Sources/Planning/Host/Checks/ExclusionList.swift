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

    /// Entries that do something else than whoever wrote them wanted.
    var misleading: [String] {
        entries.compactMap { entry in
            if entry.contains("*") {
                return "'\(entry)' matches nothing: the agent knows no wildcards; write the end of the name"
            }
            if !entry.contains("."), !entry.contains(":"), entry != "localhost" {
                return "'\(entry)' matches every name that ends with it"
            }
            return nil
        }
    }
}
