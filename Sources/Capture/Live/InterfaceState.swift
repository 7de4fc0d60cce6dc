internal import CLinux
internal import Glibc

/// What the kernel says of an interface.
enum InterfaceState {
    /// Whether the interface is there and administratively down (not IFF_UP); false for what is none, such as `any`.
    static func isDown(_ name: String) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var request = unsafe ifreq()
        let bytes = Array(name.utf8.prefix(Int(IFNAMSIZ) - 1))
        unsafe withUnsafeMutableBytes(of: &request) { unsafe $0.copyBytes(from: bytes) }
        guard unsafe netprobe_ioctl(descriptor, UInt(SIOCGIFFLAGS), &request) == 0 else { return false }
        return unsafe UInt32(UInt16(bitPattern: request.ifr_ifru.ifru_flags)) & 0x1 == 0
    }
}
