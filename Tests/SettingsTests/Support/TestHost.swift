import Settings
import Wire

/// A host whose facts a test sets.
struct TestHost: HostFacts {
    var hostName = "test-host"
    /// Nil: every interface is there.
    var interfaces: Set<String>?
    /// Nil: every address is local.
    var addresses: Set<IPAddress>?
    /// What is not listed is readable by its owner alone.
    var files: [String: FileAccess] = [:]
    var filters: [String: Int] = [:]
    /// What is wrong with filters, by their text.
    var filterMistakes: [String: String] = [:]
    /// Interfaces by the subnet that they lie on.
    var connections: [String: String] = [:]

    func hasInterface(_ name: String) -> Bool { interfaces?.contains(name) ?? true }
    func hasLocalAddress(_ address: IPAddress) -> Bool { addresses?.contains(address) ?? true }
    func interface(in subnet: Subnet) -> String? { connections[subnet.description] }
    func access(to path: String) -> FileAccess { files[path] ?? .readable(mode: 0o600) }
    func mistake(inFilter expression: String) -> String? { filterMistakes[expression] }
    func reversePathFilter(of interface: String) -> Int? { filters[interface] ?? 0 }
}
