internal import CLinux
internal import Glibc

/// A file that is mapped piece by piece, so that memory does not depend on its size and nothing is copied.
///
/// What somebody else cuts off while a piece is read reads as bytes 0xFF, which no reader takes for a packet; the reading then
/// ends with an error that says so.
@safe
final class RegularFile {
    private static let largePage = 2 << 20
    /// Bytes of a piece at most; at least a large page less, which is longer than any packet.
    private static let windowLength = 10 << 20
    private static let reservedLength = windowLength + largePage

    private let descriptor: Int32
    /// When it was opened; a file that grows is read up to here. 0 for what is no file.
    let size: Int
    /// Where pieces are mapped, one after the other.
    private var reserved: UnsafeMutableRawPointer?

    /// - Throws: `absent` or `privilege`.
    init(_ path: String) throws(CaptureError) {
        // A pipe that nobody writes to yet must not hold up whoever wants to end.
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            size = 0
            return
        }
        size = status.st_size
    }

    deinit {
        if let reserved = unsafe reserved { unsafe munmap(reserved, Self.reservedLength) }
        close(descriptor)
    }

    /// The same file, to be read once from its start.
    func stream(_ source: String) throws(CaptureError) -> StreamFile {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw Self.failure(source, errno) }
        return StreamFile(copy, source: source)
    }

    /// The error that errno `code` stands for.
    static func failure(_ path: String, _ code: Int32) -> CaptureError {
        let reason = unsafe String(cString: strerror(code))
        return CaptureError(code == EACCES || code == EPERM ? .privilege : .absent, source: path, reason: reason)
    }

    /// Maps the file from `offset` on and hands `body` what is there, up to the length of a piece.
    ///
    /// Each place of the file stands at an address that large pages allow, where the system keeps the file in such.
    /// - Parameter limit: bytes that are wanted at most.
    /// - Throws: when the system cannot map it.
    func withPiece<Result>(
        from offset: Int,
        source: String,
        limit: Int = .max,
        _ body: (RawSpan) -> Result
    ) throws(CaptureError) -> Result {
        let window = try unsafe window(source)
        let pageOffset = offset & (Int(getpagesize()) - 1)
        let place = (offset - pageOffset) & (Self.largePage - 1)
        let wanted = min(size - offset, limit) + pageOffset
        let length = min(Self.windowLength - place, wanted)
        let start = unsafe window + place
        // What was there before is unmapped in the same step.
        let mapped = unsafe mmap(
            start,
            length,
            PROT_READ,
            MAP_PRIVATE | MAP_POPULATE | MAP_FIXED,
            descriptor,
            off_t(offset - pageOffset)
        )
        guard unsafe mapped == start else {
            let code = errno
            // Whose the addresses are now is not known.
            unsafe reserved = nil
            throw Self.failure(source, code)
        }
        unsafe netprobe_guard(start, length)
        defer { _ = netprobe_guard_release() }
        let piece = unsafe UnsafeRawBufferPointer(start: start + pageOffset, count: length - pageOffset)
        return unsafe body(piece.bytes)
    }

    /// Addresses for a piece, at a large page.
    private func window(_ source: String) throws(CaptureError) -> UnsafeMutableRawPointer {
        if let found = unsafe reserved?.alignedUp(toMultipleOf: Self.largePage) { return unsafe found }
        let mapped = unsafe mmap(
            nil,
            Self.reservedLength,
            PROT_NONE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            -1,
            0
        )
        guard let start = unsafe mapped, unsafe start != MAP_FAILED else { throw Self.failure(source, errno) }
        unsafe reserved = start
        return unsafe start.alignedUp(toMultipleOf: Self.largePage)
    }

    /// What is left of the file, where somebody has cut it short.
    var cutSize: Int? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) < size else { return nil }
        return Int(status.st_size)
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
            var position = 0
            let end = try withPiece(from: offset, source: source) { piece in
                isLast = offset + piece.byteCount >= size
                return scan(piece, &position)
            }
            if let cutSize {
                throw CaptureError(.input, source: source, reason: "was cut short while it was read", offset: cutSize)
            }
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
