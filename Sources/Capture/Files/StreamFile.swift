internal import CZlib
internal import Glibc

/// A file without places to map: compressed by gzip (RFC 1952), or standard input, compressed or not. It is read once,
/// through a buffer.
@safe
final class StreamFile {
    private let file: gzFile
    private let source: String
    private let buffer: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var isAtEnd = false

    private static let bufferLength = 4 << 20

    /// - Parameter source: a path, or `-` for standard input.
    /// - Throws: `absent` or `privilege`.
    init(_ source: String) throws(CaptureError) {
        let opened = unsafe source == "-" ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(source, "rb")
        guard let opened = unsafe opened else { throw RegularFile.failure(source, errno) }
        unsafe gzbuffer(opened, 1 << 18)
        unsafe file = opened
        self.source = source
        unsafe buffer = .allocate(byteCount: Self.bufferLength, alignment: 16)
    }

    deinit {
        unsafe gzclose(file)
        unsafe buffer.deallocate()
    }

    /// What the file starts with, for a look at its kind.
    func withStart<Result>(_ body: (RawSpan) -> Result) throws(CaptureError) -> Result {
        try fill()
        let piece = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        return unsafe body(piece.bytes)
    }

    /// Hands the file from `start` on to `scan`, like `RegularFile.read`.
    func read(
        from start: Int,
        scan: (RawSpan, inout Int) -> PieceEnd,
        turn: (Int) -> Bool
    ) throws(CaptureError) {
        var offset = 0
        var position = start
        while true {
            try fill()
            guard position <= filled else {
                // A block that nothing is needed of is longer than the buffer.
                guard !isAtEnd else { throw cut(offset + filled, missing: position - filled) }
                position -= filled
                offset += filled
                filled = 0
                continue
            }
            let piece = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<filled])
            let end = unsafe scan(piece.bytes, &position)
            guard turn(offset + min(position, filled)) else { return }
            switch end {
            case .damaged(let place, let reason):
                throw CaptureError(.input, source: source, reason: reason, offset: offset + position + place)
            case .incomplete(let needed):
                guard isAtEnd else { break }
                if position == filled { return }
                throw cut(offset + filled, missing: position + needed - filled)
            }
            guard position <= filled else { continue }
            drop(position)
            offset += position
            position = 0
        }
    }

    private func cut(_ place: Int, missing: Int) -> CaptureError {
        CaptureError(
            .input,
            source: source,
            reason: "ends in the middle of a packet, \(missing) bytes are missing",
            offset: place
        )
    }

    /// Moves what is left to the start.
    private func drop(_ count: Int) {
        guard let start = unsafe buffer.baseAddress, count > 0 else { return }
        unsafe memmove(start, start + count, filled - count)
        filled -= count
    }

    private func fill() throws(CaptureError) {
        while filled < Self.bufferLength, !isAtEnd {
            guard let start = unsafe buffer.baseAddress else { return }
            let count = unsafe gzread(file, start + filled, UInt32(Self.bufferLength - filled))
            guard count >= 0 else {
                let reason = unsafe Self.reason(file)
                // What came before is still to be read.
                guard filled > 0 else { throw CaptureError(.input, source: source, reason: reason, offset: 0) }
                damage = CaptureError(.input, source: source, reason: reason)
                isAtEnd = true
                return
            }
            if count == 0 { isAtEnd = true }
            filled += Int(count)
        }
    }

    private static func reason(_ file: gzFile) -> String {
        var code: Int32 = 0
        guard let text = unsafe gzerror(file, &code), unsafe text.pointee != 0 else { return "cannot be read" }
        return unsafe String(cString: text)
    }

    /// Why the compressed data ended before its time.
    private(set) var damage: CaptureError?
}
