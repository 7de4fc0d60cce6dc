internal import Glibc
public import Wire

/// Who may be asked, where strangers choose the targets.
public struct AddressRule: Sendable {
    var permits: @Sendable (IPAddress) -> Bool
    var permitsUnknown: @Sendable () -> Bool
    var permitsOwn: @Sendable (IPAddress) -> Bool

    /// - Parameters:
    ///   - permits: whether an address may be asked, a redirect's too.
    ///   - permitsUnknown: whether a name may be asked whose addresses the proxy alone knows.
    ///   - permitsOwn: whether an address may be asked where the configuration leads there, and no stranger.
    public init(
        permits: @escaping @Sendable (IPAddress) -> Bool,
        permitsUnknown: @escaping @Sendable () -> Bool,
        permitsOwn: @escaping @Sendable (IPAddress) -> Bool
    ) {
        self.permits = permits
        self.permitsUnknown = permitsUnknown
        self.permitsOwn = permitsOwn
    }

    func permits(_ address: IPAddress, for task: RequestTask) -> Bool {
        task.isOwn ? permitsOwn(address) : permits(address)
    }

    func permitsUnknown(for task: RequestTask) -> Bool { task.isOwn || permitsUnknown() }
}

/// Hosts that are addresses in whatever spelling a resolver takes for one.
public enum NumericHost {
    /// - Parameter host: as a URL has it, IPv6 without brackets; `127.1`, `0177.0.0.1` and `2130706433` are inet_aton's ways.
    /// - Returns: nil for a name.
    public static func address(of host: String) -> IPAddress? {
        let plain = String(host.prefix { $0 != "%" })
        if let address = IPAddress(plain) { return address }
        var found = in_addr()
        let text = plain.hasSuffix(".") ? String(plain.dropLast()) : plain
        guard !text.isEmpty, inet_aton(text, &found) == 1 else { return nil }
        return .v4(IPv4Address(rawValue: UInt32(bigEndian: found.s_addr)))
    }
}
