internal import Glibc

extension ListenAddress {
    /// Binds the address for a moment, so that a program which cannot listen ends before it has done anything. Where the
    /// host is a name or the port any free one, only the listening itself tells.
    /// - Throws: `ListenError` as the server would.
    public func check() throws(ListenError) {
        guard port != 0 else { return }
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let entry = list?.pointee else { return }
        defer { freeaddrinfo(list) }
        let descriptor = socket(entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), entry.ai_protocol)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var on: Int32 = 1
        // As the server does: connections of a former run that linger are no hindrance.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 else { throw ListenError(self, code: errno) }
    }
}
