internal import CLinux
internal import Glibc

/// What can be asked of an interface without netlink.
public enum Interface {
    /// The kernel's index of `name`; nil when there is none.
    public static func index(of name: String) -> Int32? {
        let index = unsafe if_nametoindex(name)
        return index == 0 ? nil : Int32(bitPattern: index)
    }

    /// The name of the interface with this index; nil when there is none any more.
    public static func name(of index: Int32) -> String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
            guard let start = buffer.baseAddress,
                unsafe if_indextoname(UInt32(bitPattern: index), start) != nil
            else { return nil }
            return unsafe String(cString: start)
        }
    }

    /// Whether the interface is there, administratively up and has carrier (IFF_UP, IFF_RUNNING).
    /// - Parameter socket: any socket; through it the kernel is asked.
    public static func isUsable(_ name: String, through socket: borrowing Socket) -> Bool {
        var request = unsafe ifreq()
        let bytes = Array(name.utf8.prefix(Int(IFNAMSIZ) - 1))
        unsafe withUnsafeMutableBytes(of: &request) { unsafe $0.copyBytes(from: bytes) }
        guard unsafe netprobe_ioctl(socket.number, UInt(SIOCGIFFLAGS), &request) == 0 else { return false }
        let flags = unsafe UInt32(UInt16(bitPattern: request.ifr_ifru.ifru_flags))
        return flags & 0x1 != 0 && flags & 0x40 != 0
    }

    /// Bytes of the largest IP packet that the interface takes; nil when there is none of this name.
    /// - Parameter socket: any socket; through it the kernel is asked.
    public static func mtu(of name: String, through socket: borrowing Socket) -> Int? {
        var request = unsafe ifreq()
        let bytes = Array(name.utf8.prefix(Int(IFNAMSIZ) - 1))
        unsafe withUnsafeMutableBytes(of: &request) { unsafe $0.copyBytes(from: bytes) }
        guard unsafe netprobe_ioctl(socket.number, UInt(SIOCGIFMTU), &request) == 0 else { return nil }
        return unsafe Int(request.ifr_ifru.ifru_mtu)
    }
}
