internal import CZlib
internal import Glibc

/// The bytes of a file, a pipe or standard input as they come, out of gzip (RFC 1952) where they are compressed.
///
/// It takes what is there and waits no longer than it is told to: a pipe may be quiet for hours.
@safe
final class ByteStream {
    enum Turn: Equatable {
        case bytes(Int)
        /// Nothing came in time.
        case nothing
        case end
    }

    private enum Form { case unknown, plain, gzip }

    private let descriptor: Int32
    private let source: String
    private var form = Form.unknown
    /// What was received and not yet handed on.
    private let input: UnsafeMutableRawBufferPointer
    private var place = 0
    private var filled = 0
    private var isAtEnd = false
    /// At one address, which zlib remembers.
    private let inflater: UnsafeMutablePointer<z_stream>
    /// One compressed stream ended, another may follow.
    private var isBetweenStreams = false

    private static let inputLength = 1 << 18

    /// - Parameter descriptor: is closed with the stream.
    init(_ descriptor: Int32, source: String) {
        self.descriptor = descriptor
        self.source = source
        unsafe input = .allocate(byteCount: Self.inputLength, alignment: 16)
        unsafe inflater = .allocate(capacity: 1)
        unsafe inflater.initialize(to: z_stream())
    }

    deinit {
        close(descriptor)
        if form == .gzip { unsafe inflateEnd(inflater) }
        unsafe inflater.deallocate()
        unsafe input.deallocate()
    }

    /// Puts bytes into `target`, which is not empty, as many as are there.
    /// - Parameter patience: milliseconds to wait for the first.
    /// - Throws: `input` where the file cannot be read or its compression is damaged.
    func read(into target: UnsafeMutableRawBufferPointer, patience: Int32) throws(CaptureError) -> Turn {
        while form == .unknown {
            if filled >= 2 || isAtEnd {
                try choose()
            } else if try !refill(patience) {
                return .nothing
            }
        }
        if form == .gzip { return try unsafe expand(into: target, patience) }
        guard place < filled else { return try unsafe receive(into: target, patience) }
        let count = min(filled - place, target.count)
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[place..<place + count]))
        place += count
        return .bytes(count)
    }

    private func choose() throws(CaptureError) {
        guard filled >= 2, unsafe input[0] == 0x1F, unsafe input[1] == 0x8B else {
            form = .plain
            return
        }
        guard unsafe netprobe_gunzip_init(inflater) == Z_OK else { throw failure("no memory to decompress it") }
        form = .gzip
    }

    /// Reads what the descriptor has.
    private func receive(into target: UnsafeMutableRawBufferPointer, _ patience: Int32) throws(CaptureError) -> Turn {
        guard !isAtEnd else { return .end }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, patience) > 0 else { return .nothing }
        let count = unsafe Glibc.read(descriptor, target.baseAddress, target.count)
        if count > 0 { return .bytes(count) }
        guard count == 0 else {
            guard errno == EINTR || errno == EAGAIN else { throw failure(unsafe String(cString: strerror(errno))) }
            return .nothing
        }
        isAtEnd = true
        return .end
    }

    /// - Returns: false where nothing came in time.
    private func refill(_ patience: Int32) throws(CaptureError) -> Bool {
        if place == filled { (place, filled) = (0, 0) }
        let turn = try unsafe receive(into: UnsafeMutableRawBufferPointer(rebasing: input[filled...]), patience)
        if case .bytes(let count) = turn { filled += count }
        return turn != .nothing
    }

    private func expand(into target: UnsafeMutableRawBufferPointer, _ patience: Int32) throws(CaptureError) -> Turn {
        while true {
            if place == filled, !isAtEnd {
                guard try refill(patience) else { return .nothing }
                continue
            }
            if isBetweenStreams {
                // What is no other stream is of no interest, as to gzip(1).
                guard place < filled, unsafe input[place] == 0x1F else { return .end }
                guard unsafe inflateReset(inflater) == Z_OK else { throw failure("cannot be read") }
                isBetweenStreams = false
            }
            guard place < filled else { throw failure("unexpected end of the compressed data") }
            let produced = try unsafe inflateOnce(into: target)
            if produced > 0 { return .bytes(produced) }
        }
    }

    private func inflateOnce(into target: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
        let available = filled - place
        unsafe inflater.pointee.next_in = input.baseAddress?.advanced(by: place).assumingMemoryBound(to: Bytef.self)
        unsafe inflater.pointee.avail_in = uInt(available)
        unsafe inflater.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: Bytef.self)
        unsafe inflater.pointee.avail_out = uInt(clamping: target.count)
        let status = unsafe inflate(inflater, Z_NO_FLUSH)
        unsafe place += available - Int(inflater.pointee.avail_in)
        let produced = unsafe min(target.count, Int(uInt.max)) - Int(inflater.pointee.avail_out)
        switch status {
        case Z_STREAM_END: isBetweenStreams = true
        case Z_OK, Z_BUF_ERROR: break
        default:
            // It says so again when it is asked for more.
            guard produced == 0 else { break }
            guard let text = unsafe inflater.pointee.msg else { throw failure("cannot be decompressed") }
            throw failure(unsafe String(cString: text))
        }
        return produced
    }

    private func failure(_ reason: String) -> CaptureError { CaptureError(.input, source: source, reason: reason) }
}
