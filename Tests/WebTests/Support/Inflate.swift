import CZlib

/// The content of a gzip stream; nil when it is damaged.
func gunzip(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        return nil
    }
    defer { inflateEnd(&stream) }
    var input = bytes
    var content: [UInt8] = []
    var status = Z_OK
    input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while status == Z_OK {
            let produced = buffer.withUnsafeMutableBufferPointer { output -> Int in
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                status = inflate(&stream, Z_NO_FLUSH)
                return output.count - Int(stream.avail_out)
            }
            content += buffer[..<produced]
        }
    }
    return status == Z_STREAM_END ? content : nil
}
