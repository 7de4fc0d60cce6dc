public import Wire

/// What the loader asks of the host it runs on; facts of the host give warnings, never errors.
public protocol HostFacts: Sendable {
    /// Stands for the site and vantage where the file names none.
    var hostName: String { get }
    func hasInterface(_ name: String) -> Bool
    func hasLocalAddress(_ address: IPAddress) -> Bool
    /// An interface that has an address inside the subnet; nil when none has.
    func interface(in subnet: Subnet) -> String?
    func access(to path: String) -> FileAccess
    /// What is wrong with a filter in the language of pcap-filter(7); nil: nothing.
    func mistake(inFilter expression: String) -> String?
    /// The effective `rp_filter` of an interface: 0 off, 1 strict, 2 loose (Linux ip-sysctl); nil unknown.
    func reversePathFilter(of interface: String) -> Int?
}

/// What this process can do with a file.
public enum FileAccess: Sendable, Equatable {
    /// `mode` is the permission bits of the file.
    case readable(mode: UInt32)
    case missing
    case unreadable
    case notAFile
}
