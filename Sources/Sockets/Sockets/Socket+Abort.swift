internal import CLinux
internal import Glibc

extension Socket {
    /// Ends a TCP connection at once (RFC 9293 §3.10.5): the peer is sent a reset, and what came and was not read is gone.
    /// Other than after a shutdown, the next read finds an error and not the rest of the peer's data.
    public func abort() {
        var address = sockaddr()
        address.sa_family = sa_family_t(AF_UNSPEC)
        // `connect` to no address dissolves the association (connect(2)).
        _ = unsafe Glibc.connect(number, &address, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// Bytes of a TCP connection that were read from it so far; nil where the system does not say.
    public func bytesRead() -> UInt64? {
        // glibc's structure ends before `tcpi_bytes_received` of the kernel's (linux/tcp.h, since 4.1).
        let place = 128
        var bytes = [UInt8](repeating: 0, count: place + 8)
        var length = socklen_t(bytes.count)
        var waiting: Int32 = 0
        guard unsafe getsockopt(number, Int32(IPPROTO_TCP), TCP_INFO, &bytes, &length) == 0, length >= place + 8,
            unsafe netprobe_ioctl(number, UInt(FIONREAD), &waiting) == 0
        else { return nil }
        var received: UInt64 = 0
        for index in (place..<place + 8).reversed() { received = received << 8 | UInt64(bytes[index]) }
        #if _endian(big)
        received = received.byteSwapped
        #endif
        return received &- UInt64(max(0, waiting))
    }
}
