internal import CLinux
internal import Glibc

/// The files below a folder, taken as the root of their own file system: no `..` and no symbolic link leads out of it
/// (openat2(2), `RESOLVE_IN_ROOT`).
public struct RootedFolder: Sendable {
    private let folder: OwnedDescriptor

    /// - Throws: `SystemError` where it is no folder that can be opened.
    public init(_ path: String) throws(SystemError) {
        let number = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError.last("open \(path)") }
        folder = OwnedDescriptor(owning: number)
    }

    /// Whether the path names anything, be it a link whose end is missing.
    public func contains(_ path: String) -> Bool {
        (try? open(path, UInt64(netprobe_path_only) | UInt64(O_NOFOLLOW | O_CLOEXEC))) != nil
    }

    /// The content, or its end where it is longer.
    ///
    /// - Parameters:
    ///   - limit: bytes at most.
    ///   - fromEnd: of a longer file the last bytes; else the first.
    /// - Throws: `SystemError`; with `ENOENT` where there is nothing, with `EISDIR` for a folder, with `EINVAL` for what else is no
    ///   file.
    public func read(_ path: String, limit: Int, fromEnd: Bool = false) throws(SystemError) -> [UInt8] {
        let file = try open(path, UInt64(O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))
        var facts = stat()
        guard unsafe fstat(file.number, &facts) == 0 else { throw SystemError.last("stat \(path)") }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            let code = facts.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
            throw SystemError(code: code, operation: "read \(path)")
        }
        if fromEnd, facts.st_size > limit { lseek(file.number, off_t(-limit), SEEK_END) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while content.count < limit {
            let wanted = min(buffer.count, limit - content.count)
            let count = unsafe Glibc.read(file.number, &buffer, wanted)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError.last("read \(path)") }
            guard count > 0 else { break }
            content += buffer[..<count]
        }
        return content
    }

    /// The names in a folder, in order; none where there is no such folder.
    public func names(in path: String) -> [String] {
        guard let descriptor = try? open(path, UInt64(O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else { return [] }
        // The stream takes the descriptor over.
        let number = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0)
        guard number >= 0, let stream = unsafe fdopendir(number) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream), names.count < 1_000 {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func open(_ path: String, _ flags: UInt64) throws(SystemError) -> OwnedDescriptor {
        var how = open_how()
        how.flags = flags
        how.resolve = UInt64(RESOLVE_IN_ROOT)
        let number = unsafe netprobe_openat2(folder.number, path, &how)
        guard number >= 0 else { throw SystemError.last("open \(path)") }
        return OwnedDescriptor(owning: number)
    }
}
