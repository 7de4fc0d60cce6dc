import Glibc
public import Wire

/// The facts of the Linux host this process runs on, asked of the kernel at each call.
public struct SystemHost: HostFacts {
    public init() {}

    public var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public func hasInterface(_ name: String) -> Bool {
        var status = stat()
        return !name.contains("/") && stat("/sys/class/net/\(name)", &status) == 0
    }

    public func hasLocalAddress(_ address: IPAddress) -> Bool {
        if address.isLoopback || Self.interface(where: { $0 == address }) != nil { return true }
        return Self.isWithinLocalPrefix(address)
    }

    /// Those of the addresses that this host lacks; the interfaces are listed once for all that it has.
    public func lacking(_ wanted: Set<IPAddress>) -> Set<IPAddress> {
        guard !wanted.isEmpty else { return [] }
        return wanted.subtracting(addresses.map(\.address)).filter { !hasLocalAddress($0) }
    }

    public func interface(in subnet: Subnet) -> String? {
        Self.interface(where: subnet.contains)
    }

    /// The addresses of all interfaces.
    public var addresses: [(interface: String, address: IPAddress)] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [(interface: String, address: IPAddress)] = []
        var next = list
        while let entry = next {
            if let socketAddress = entry.pointee.ifa_addr, let address = Self.address(socketAddress) {
                found.append((String(cString: entry.pointee.ifa_name), address))
            }
            next = entry.pointee.ifa_next
        }
        return found
    }

    /// The first interface with an address that fits.
    private static func interface(where fits: (IPAddress) -> Bool) -> String? {
        SystemHost().addresses.first { fits($0.address) }?.interface
    }

    public func access(to path: String) -> FileAccess {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno == EACCES ? .unreadable : .missing }
        let kind = status.st_mode & S_IFMT
        guard kind != S_IFDIR, kind != S_IFBLK else { return .notAFile }
        guard faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 else { return .unreadable }
        return .readable(mode: status.st_mode & 0o7777)
    }

    /// The kernel takes the larger of the interface's value and that of `all` (ip-sysctl, `rp_filter`).
    public func reversePathFilter(of interface: String) -> Int? {
        guard !interface.contains("/"), interface != "..", let own = Self.setting(interface) else { return nil }
        return max(own, Self.setting("all") ?? 0)
    }

    private static func setting(_ name: String) -> Int? {
        let path = "/proc/sys/net/ipv4/conf/\(name)/rp_filter"
        do throws(FileError) {
            return try FileReader.read(path).first.map { Int($0) - 48 }
        } catch {
            return nil
        }
    }

    private static func address(_ pointer: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
        let raw = UnsafeRawPointer(pointer)
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET:
            let value = raw.load(as: sockaddr_in.self).sin_addr.s_addr
            return .v4(IPv4Address(rawValue: UInt32(bigEndian: value)))
        case AF_INET6:
            var bytes = raw.load(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: &bytes) { buffer in
                let high = buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
                let low = buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                return .v6(IPv6Address(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low)))
            }
        default:
            return nil
        }
    }

    /// A whole prefix can be local (`ip route add local 10.9.0.0/24 dev lo`), which no list of addresses shows:
    /// only binding tells.
    private static func isWithinLocalPrefix(_ address: IPAddress) -> Bool {
        guard case .v4(let value) = address else { return false }
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var socketAddress = sockaddr_in()
        socketAddress.sin_family = sa_family_t(AF_INET)
        socketAddress.sin_addr = in_addr(s_addr: value.rawValue.bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafePointer(to: &socketAddress) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
    }
}
