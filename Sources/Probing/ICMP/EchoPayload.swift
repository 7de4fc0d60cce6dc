internal import Wire

/// The data of our echo requests: what proves that a reply answers this very probe. 20 bytes:
/// two that keep the checksum constant (routers hash it), a cookie that is random in each run, the stream, and the
/// upper half of the packet's number with its complement (again for the checksum).
struct EchoPayload: Hashable {
    static let length = 20

    var cookie: UInt64
    var stream: Int32
    var lap: UInt16

    /// Writes behind the two bytes that `ICMPEcho.write` fills when it balances.
    @inline(__always)
    func write(into buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: 0, toByteOffset: 0, as: UInt16.self)
        buffer.storeBytes(of: cookie, toByteOffset: 2, as: UInt64.self)
        buffer.storeBytes(of: stream.bigEndian, toByteOffset: 10, as: Int32.self)
        buffer.storeBytes(of: lap.bigEndian, toByteOffset: 14, as: UInt16.self)
        buffer.storeBytes(of: (~lap).bigEndian, toByteOffset: 16, as: UInt16.self)
        buffer.storeBytes(of: 0, toByteOffset: 18, as: UInt16.self)
    }

    /// Nil when the data is not ours.
    @inline(__always)
    init?(reading buffer: UnsafeRawBufferPointer) {
        guard buffer.count >= Self.length else { return nil }
        cookie = buffer.loadUnaligned(fromByteOffset: 2, as: UInt64.self)
        stream = Int32(bigEndian: buffer.loadUnaligned(fromByteOffset: 10, as: Int32.self))
        lap = UInt16(bigEndian: buffer.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
        let complement = UInt16(bigEndian: buffer.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
        guard complement == ~lap else { return nil }
    }

    init(cookie: UInt64, stream: Int32, lap: UInt16) {
        self.cookie = cookie
        self.stream = stream
        self.lap = lap
    }
}
