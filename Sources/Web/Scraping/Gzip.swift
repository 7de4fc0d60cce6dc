internal import CZlib

enum Gzip {
    /// A gzip stream (RFC 1952); nil when zlib refuses. The quickest level: expositions repeat themselves so much that
    /// the best one gains little.
    static func compress(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8]? {
        var stream = z_stream()
        guard netprobe_gzip_init(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        guard let inputCount = UInt32(exactly: bytes.count) else { return nil }
        let bound = deflateBound(&stream, UInt(bytes.count))
        guard let outputCount = UInt32(exactly: bound) else { return nil }
        var input = bytes
        return input.withUnsafeMutableBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Int(bound)) { output, count in
                stream.next_in = input.baseAddress
                stream.avail_in = inputCount
                stream.next_out = output.baseAddress
                stream.avail_out = outputCount
                count = deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
            }
        }.nonEmpty
    }
}

extension [UInt8] {
    fileprivate var nonEmpty: [UInt8]? { isEmpty ? nil : self }
}
