internal import Glibc

/// Reverse-path filtering of an interface (RFC 3704; `rp_filter` in the kernel's ip-sysctl).
public enum ReversePathFilter: Int, Sendable, CaseIterable {
    case off = 0
    /// An answer that arrives on another interface than its source would be reached by is dropped silently.
    case strict = 1
    case loose = 2

    /// What holds on an interface: the higher of its own value and that of `all`.
    public static func effective(all: Self, interface: Self) -> Self {
        all.rawValue > interface.rawValue ? all : interface
    }

    /// The effective filter of each interface that has one; those that cannot be read are left out.
    ///
    /// - Parameter directory: another place than `/proc/sys/net/ipv4/conf`, of the same form.
    public static func read(
        interfaces: [String],
        directory: String = "/proc/sys/net/ipv4/conf"
    ) -> [String: ReversePathFilter] {
        let all = value(of: "\(directory)/all/rp_filter") ?? .off
        var filters: [String: ReversePathFilter] = [:]
        for name in interfaces where !name.contains("/") && name != ".." {
            guard let own = value(of: "\(directory)/\(name)/rp_filter") else { continue }
            filters[name] = effective(all: all, interface: own)
        }
        return filters
    }

    /// Reads the text of such a file.
    init?(text: some StringProtocol) {
        guard let number = Int(text.prefix { $0 >= "0" && $0 <= "9" }) else { return nil }
        self.init(rawValue: number)
    }

    private static func value(of path: String) -> Self? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return Self(text: String(decoding: bytes[..<count], as: UTF8.self))
    }
}
