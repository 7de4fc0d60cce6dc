internal import Glibc

/// Where the server listens: a host and a port; port 0 takes any free one.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An address or a name; IPv6 without brackets.
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Where nothing else is said.
    public static let standard = Self(host: "127.0.0.1", port: 9719)

    /// Ports below 1024 take CAP_NET_BIND_SERVICE.
    public var needsPrivilege: Bool { (1..<1024).contains(port) }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ListenAddress {
    /// Reads `127.0.0.1:9719`, `[::1]:9719`, `localhost:9719`, `:9719` (all IPv4 addresses).
    /// - Throws: `ListenError` that says what is allowed.
    public init(parsing text: String) throws(ListenError) {
        let error = ListenError("'\(text)' is no listen address; allowed: HOST:PORT, [IPV6]:PORT")
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw error }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits) else {
            throw error
        }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), host.contains(":") else { throw error }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw error
        }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else { throw error }
        self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
    }
}

/// Why the server cannot listen, for people.
public struct ListenError: Error, Equatable, CustomStringConvertible {
    public let description: String
    /// Another program has the address.
    public let isInUse: Bool

    init(_ description: String, isInUse: Bool = false) {
        self.description = description
        self.isInUse = isInUse
    }

    /// - Parameter code: the `errno` of the failed call.
    init(_ address: ListenAddress, code: Int32) {
        let cause =
            switch code {
            case EADDRINUSE: "address already in use; choose another with --listen"
            case EADDRNOTAVAIL: "no interface of this host has this address; choose another with --listen"
            case EACCES, EPERM: "permission denied; choose a port above 1023 with --listen"
            default: String(cString: strerror(code))
            }
        self.init("cannot listen on \(address): \(cause)", isInUse: code == EADDRINUSE)
    }
}
