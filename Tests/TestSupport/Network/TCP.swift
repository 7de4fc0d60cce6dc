import Glibc

/// As much of TCP over IPv4 as tests need; every call blocks.
public enum TCP {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String

        init(_ what: String) {
            description = "\(what): \(String(cString: strerror(errno)))"
        }
    }

    /// A connected socket.
    public static func connect(to address: String, port: UInt16, within seconds: Int = 5) throws -> Int32 {
        let descriptor = try makeSocket()
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        let status = try withAddress(address, port: port) { Glibc.connect(descriptor, $0, $1) }
        guard status == 0 else {
            let failure = Failed("connect to \(address):\(port)")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// A listening socket; port 0 takes a free one.
    public static func listen(on address: String, port: UInt16) throws -> Int32 {
        let descriptor = try makeSocket()
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let status = try withAddress(address, port: port) { bind(descriptor, $0, $1) }
        guard status == 0, Glibc.listen(descriptor, 128) == 0 else {
            let failure = Failed("listen on \(address):\(port)")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// The port that a socket is bound to.
    public static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Of the other end of a connection over IPv4.
    public static func peerPort(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getpeername(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A port of 127.0.0.1 that nobody listens on now.
    public static func freePort() throws -> UInt16 {
        let descriptor = try listen(on: "127.0.0.1", port: 0)
        defer { close(descriptor) }
        return port(of: descriptor)
    }

    /// Nil at the end of the stream or after the socket's time limit.
    public static func receive(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    public static func send(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func makeSocket() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failed("socket") }
        return descriptor
    }

    private static func withAddress<Result>(
        _ text: String,
        port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, text, &address.sin_addr) == 1 else { throw Failed("address \(text)") }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Accepts connections and closes each at once: what a TCP probe needs of a service.
public final class TCPListener: Sendable {
    private let descriptor: Int32

    public init(inside namespace: Namespace, address: String = "0.0.0.0", port: UInt16) throws {
        let descriptor = try namespace.inside { try TCP.listen(on: address, port: port) }
        self.descriptor = descriptor
        Thread.detach {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 || errno == EINTR || errno == ECONNABORTED else { return }
                if connection >= 0 { close(connection) }
            }
        }
    }

    /// Later connections are refused.
    public func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
