internal import Glibc

/// A file without places to map: compressed by gzip (RFC 1952), a pipe, or standard input. It is read once, through a buffer, and
/// what is there is handed on at once.
@safe
final class StreamFile {
    private let stream: ByteStream
    private let source: String
    private let buffer: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var isAtEnd = false

    private static let bufferLength = 4 << 20
    /// Milliseconds until the caller is asked whether it still wants more.
    private static let patience: Int32 = 50

    /// - Parameters:
    ///   - descriptor: is closed with the file.
    ///   - source: what errors name it.
    init(_ descriptor: Int32, source: String) {
        stream = ByteStream(descriptor, source: source)
        self.source = source
        unsafe buffer = .allocate(byteCount: Self.bufferLength, alignment: 16)
    }

    /// Standard input.
    /// - Throws: `absent` where there is none.
    static func standardInput() throws(CaptureError) -> StreamFile {
        let descriptor = dup(STDIN_FILENO)
        guard descriptor >= 0 else { throw RegularFile.failure("-", errno) }
        return StreamFile(descriptor, source: "-")
    }

    deinit { unsafe buffer.deallocate() }

    /// What the file starts with, at least `length` bytes if it has them, for a look at its kind.
    /// - Parameter isWanted: asked while nothing comes.
    /// - Returns: nil where it was no longer wanted.
    func withStart<Result>(
        _ length: Int,
        while isWanted: () -> Bool,
        _ body: (RawSpan) -> Result
    ) throws(CaptureError) -> Result? {
        while filled < length, !isAtEnd {
            guard try fill() || isWanted() else { return nil }
        }
        let piece = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        return unsafe body(piece.bytes)
    }

    /// Hands the file from `start` on to `scan`, like `RegularFile.read`; `turn` is also called while nothing comes.
    func read(
        from start: Int,
        scan: (RawSpan, inout Int) -> PieceEnd,
        turn: (Int) -> Bool
    ) throws(CaptureError) {
        var offset = 0
        var position = start
        var isFirst = true
        while true {
            // What the look at its kind took may be all that comes for long.
            guard try fill() || isFirst else {
                guard turn(offset + min(position, filled)) else { return }
                continue
            }
            isFirst = false
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

    /// Takes what is there.
    /// - Returns: false where nothing came in time.
    private func fill() throws(CaptureError) -> Bool {
        var isNew = isAtEnd
        while filled < Self.bufferLength, !isAtEnd {
            let turn: ByteStream.Turn
            do {
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                turn = try unsafe stream.read(into: room, patience: isNew ? 0 : Self.patience)
            } catch {
                // What came before is still to be read.
                guard filled > 0 else { throw error }
                damage = error
                isAtEnd = true
                return true
            }
            switch turn {
            case .bytes(let count):
                filled += count
                isNew = true
            case .nothing: return isNew
            case .end:
                isAtEnd = true
                isNew = true
            }
        }
        return true
    }

    /// Why the data ended before its time.
    private(set) var damage: CaptureError?
}
