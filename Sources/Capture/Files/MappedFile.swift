internal import Glibc

/// A file that is mapped piece by piece, so that memory does not depend on its size.
@safe
final class MappedFile {
    /// Bytes of a piece: small enough for the caches, large against the cost of a mapping.
    static let pieceLength = 2 << 20
    private static let pageLength = 4096

    private let descriptor: Int32
    /// When it was opened; a file that grows is read up to here. 0 for what is no file.
    let size: Int

    /// - Throws: `absent` or `privilege`.
    init(_ path: String) throws(CaptureError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            size = 0
            return
        }
        size = status.st_size
    }

    deinit { close(descriptor) }

    /// The error that errno `code` stands for.
    static func failure(_ path: String, _ code: Int32) -> CaptureError {
        let reason = unsafe String(cString: strerror(code))
        return CaptureError(code == EACCES || code == EPERM ? .privilege : .absent, source: path, reason: reason)
    }

    /// Maps the file from `offset` on and hands `body` the piece and where in it `offset` is.
    /// - Throws: when the system maps no more.
    func withPiece<Result>(
        from offset: Int,
        source: String,
        _ body: (RawSpan, Int) -> Result
    ) throws(CaptureError) -> Result {
        let start = offset & ~(Self.pageLength - 1)
        let length = min(Self.pieceLength, size - start)
        let address = unsafe mmap(nil, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, start)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw CaptureError(.absent, source: source, reason: "cannot be mapped", offset: offset)
        }
        defer { unsafe munmap(address, length) }
        let piece = unsafe UnsafeRawBufferPointer(start: address, count: length)
        return unsafe body(piece.bytes, offset - start)
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
        while offset < size {
            var isLast = false
            var moved = 0
            let end = try withPiece(from: offset, source: source) { piece, start in
                var position = start
                let end = scan(piece, &position)
                moved = position - start
                isLast = offset - start + piece.byteCount >= size
                return end
            }
            offset += moved
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
