import Glibc

/// Ports by the names that services(5) gives them.
enum ServicePort {
    /// - Parameter name: `http`; nil where the system knows none.
    static func number(of name: String) -> UInt16? {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(nil, name, &hints, &found) == 0, let first = found else { return nil }
        defer { freeaddrinfo(first) }
        guard first.pointee.ai_family == AF_INET, let address = first.pointee.ai_addr else { return nil }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
    }
}
