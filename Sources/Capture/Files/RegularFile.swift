internal import Glibc

/// A file that is read piece by piece into one buffer, so that memory does not depend on its size.
///
/// Mapping it would cost the same (the copy is paid back by the caches, since headers are then near), and a file that is
/// truncated while it is read would end the program.
@safe
final class RegularFile {
    /// Bytes of a piece, to stay near the processor; a packet that is longer gets the whole buffer.
    private static let pieceLength = 128 << 10
    private static let bufferLength = 2 << 20

    private let descriptor: Int32
    /// When it was opened; a file that grows is read up to here. 0 for what is no file.
    let size: Int
    private let buffer: UnsafeMutableRawBufferPointer

    /// - Throws: `absent` or `privilege`.
    init(_ path: String) throws(CaptureError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        unsafe buffer = .allocate(byteCount: Self.bufferLength, alignment: 4096)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            size = 0
            return
        }
        size = status.st_size
    }

    deinit {
        close(descriptor)
        unsafe buffer.deallocate()
    }

    /// The error that errno `code` stands for.
    static func failure(_ path: String, _ code: Int32) -> CaptureError {
        let reason = unsafe String(cString: strerror(code))
        return CaptureError(code == EACCES || code == EPERM ? .privilege : .absent, source: path, reason: reason)
    }

    /// Reads from `offset` on and hands `body` what is there, up to the length of a piece.
    /// - Throws: when the system cannot read it.
    func withPiece<Result>(
        from offset: Int,
        isLong: Bool = false,
        source: String,
        _ body: (RawSpan) -> Result
    ) throws(CaptureError) -> Result {
        let length = min(isLong ? Self.bufferLength : Self.pieceLength, size - offset)
        var filled = 0
        while filled < length, let start = unsafe buffer.baseAddress {
            let count = unsafe pread(descriptor, start + filled, length - filled, offset + filled)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(source, errno) }
            // Truncated since it was opened.
            guard count > 0 else { break }
            filled += count
        }
        let piece = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        return unsafe body(piece.bytes)
    }

    /// Hands the file from `offset` on to `scan`, piece by piece.
    /// - Parameters:
    ///   - scan: takes what is whole in a piece from a place on, and moves the place behind it.
    ///   - turn: called after each piece with the place reached; false ends the reading.
    /// - Throws: `input` where the file is damaged or ends in the middle of something.
    func read(
        from start: Int,
        source: String,
        scan: (RawSpan, inout Int) -> PieceEnd,
        turn: (Int) -> Bool
    ) throws(CaptureError) {
        var offset = start
        var isLong = false
        while offset < size {
            var isLast = false
            var position = 0
            let end = try withPiece(from: offset, isLong: isLong, source: source) { piece in
                isLast = piece.byteCount < Self.pieceLength || offset + piece.byteCount >= size
                return scan(piece, &position)
            }
            isLong = position == 0
            offset += position
            guard turn(min(offset, size)) else { return }
            switch end {
            case .damaged(let place, let reason):
                throw CaptureError(.input, source: source, reason: reason, offset: offset + place)
            case .incomplete(let needed):
                if offset == size { return }
                guard isLast || offset > size else { continue }
                throw CaptureError(
                    .input,
                    source: source,
                    reason: "ends in the middle of a packet, \(offset + needed - size) bytes are missing",
                    offset: size
                )
            }
        }
    }
}

/// What ended a piece of a file.
enum PieceEnd: Equatable {
    /// The piece ends in the middle of something that needs this many bytes from the place on.
    case incomplete(needed: Int)
    /// What stands this far behind the place cannot be.
    case damaged(after: Int, reason: String)
}
