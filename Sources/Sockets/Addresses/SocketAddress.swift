internal import CLinux
internal import Glibc
public import Wire

/// An address with its port, as sockets take it (`sockaddr_in`, `sockaddr_in6`).
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    public var port: UInt16
    /// Index of the interface a link-local IPv6 address belongs to; 0 for none.
    public var scope: UInt32

    public init(_ address: IPAddress, port: UInt16 = 0, scope: UInt32 = 0) {
        self.address = address
        self.port = port
        self.scope = scope
    }

    /// The wildcard address of a family.
    public static func any(_ family: AddressFamily, port: UInt16 = 0) -> SocketAddress {
        switch family {
        case .v4: SocketAddress(.v4(IPv4Address(rawValue: 0)), port: port)
        case .v6: SocketAddress(.v6(IPv6Address(high: 0, low: 0)), port: port)
        }
    }

    public var family: AddressFamily { address.family }

    public var description: String {
        address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }

    /// Bytes that the longest of the two structures takes.
    static let capacity = 28

    /// Writes the kernel's structure.
    /// - Parameter memory: at least `capacity` bytes.
    /// - Returns: its length.
    @inline(__always)
    @discardableResult
    func write(to memory: UnsafeMutableRawPointer) -> UInt32 {
        switch address {
        case .v4(let value):
            unsafe memory.storeBytes(of: UInt16(AF_INET), as: UInt16.self)
            unsafe memory.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            unsafe memory.storeBytes(of: value.rawValue.bigEndian, toByteOffset: 4, as: UInt32.self)
            unsafe memory.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
            return 16
        case .v6(let value):
            unsafe memory.storeBytes(of: UInt16(AF_INET6), as: UInt16.self)
            unsafe memory.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            unsafe memory.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
            unsafe memory.storeBytes(of: value.high.bigEndian, toByteOffset: 8, as: UInt64.self)
            unsafe memory.storeBytes(of: value.low.bigEndian, toByteOffset: 16, as: UInt64.self)
            unsafe memory.storeBytes(of: scope, toByteOffset: 24, as: UInt32.self)
            return 28
        }
    }

    /// Reads the kernel's structure; nil when it is of another family or too short.
    @inline(__always)
    init?(from memory: UnsafeRawPointer, length: UInt32) {
        guard length >= 16 else { return nil }
        let port = unsafe UInt16(bigEndian: memory.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        switch unsafe Int32(memory.loadUnaligned(as: UInt16.self)) {
        case AF_INET:
            let value = unsafe UInt32(bigEndian: memory.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            self.init(.v4(IPv4Address(rawValue: value)), port: port)
        case AF_INET6 where length >= 28:
            let high = unsafe UInt64(bigEndian: memory.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = unsafe UInt64(bigEndian: memory.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            let scope = unsafe memory.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
            self.init(.v6(IPv6Address(high: high, low: low)), port: port, scope: scope)
        default:
            return nil
        }
    }
}

/// The family of addresses and packets, as sockets know it.
public typealias AddressFamily = IPFamily

extension IPFamily {
    /// `AF_INET` or `AF_INET6`.
    public var number: Int32 { self == .v4 ? AF_INET : AF_INET6 }
}
