internal import CZlib

/// Bodies as they were before they were compressed, in bounded memory.
public enum Inflation {
    public enum Form: Sendable {
        /// RFC 1952.
        case gzip
        /// RFC 1951 without the frame of RFC 1950.
        case raw
        /// RFC 7932.
        case brotli
    }

    public struct Result: Sendable, Equatable {
        public var bytes: [UInt8] = []
        /// Of all that was read, kept or not.
        public var length = 0
        /// The stream came to its end.
        public var isWhole = false
        /// It was left before its end, by its length or by who asked.
        public var isCut = false
        /// The library for it is not on this host.
        public var isUnknown = false

        /// Takes what was read.
        /// - Parameters:
        ///   - beside: bytes that are held for it beside what is kept.
        ///   - asks: gets the bytes that will be held; false ends it.
        mutating func take(
            _ read: ArraySlice<UInt8>,
            most: Int,
            kept: Int,
            beside: Int = 0,
            _ asks: (Int) -> Bool
        ) {
            isCut = read.count > most - length
            let room = min(read.count, kept - bytes.count, most - length)
            length += read.count
            guard asks(bytes.count + room + beside) else {
                isCut = true
                return
            }
            bytes += read.prefix(room)
        }
    }

    /// Whether a text begins as a stream of gzip does (RFC 1952 §2.3).
    public static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.count >= 10 && bytes.starts(with: [0x1F, 0x8B, 8]) }

    /// - Parameters:
    ///   - most: bytes that are read; a stream that holds more is cut.
    ///   - kept: bytes that are kept of them; what follows is counted.
    ///   - goesOn: asked now and then, with the number of bytes that will be held; false ends it.
    public static func inflate(
        _ bytes: [UInt8],
        as form: Form,
        most: Int,
        kept: Int = .max,
        goesOn: (Int) -> Bool = { _ in true }
    ) -> Result {
        if form == .brotli { return unbrotli(bytes, most: most, kept: kept, goesOn: goesOn) }
        var result = Result()
        var stream = z_stream()
        let window: Int32 = form == .gzip ? 31 : -15
        guard inflateInit2_(&stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK,
            let size = UInt32(exactly: bytes.count)
        else { return result }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: 65_536)
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = size
            var code = Z_OK
            while code == Z_OK, !result.isCut {
                let count = output.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    code = CZlib.inflate(&stream, Z_NO_FLUSH)
                    return output.count - Int(stream.avail_out)
                }
                result.take(output.prefix(count), most: most, kept: kept, goesOn)
                // RFC 1952 §2.2: one member follows the other; what is no member is an error.
                if code == Z_STREAM_END, form == .gzip, stream.avail_in > 0 { code = inflateReset(&stream) }
                if count == 0, stream.avail_in == 0 { break }
            }
            result.isWhole = code == Z_STREAM_END && !result.isCut
        }
        return result
    }
}
