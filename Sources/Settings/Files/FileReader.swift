import Glibc

/// Why a file cannot be read; `message` is for people and names no path.
struct FileError: Error, Equatable {
    var message: String
}

/// Reads whole files within a bound.
enum FileReader {
    static let maximumSize = 16 << 20

    static func read(_ path: String) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(message: explain(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(message: explain(errno)) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError(message: "it is a directory") }
        let isPipe = status.st_mode & S_IFMT == S_IFIFO
        // Who writes may need a while; where nobody does, there is nothing.
        if isPipe { _ = fcntl(descriptor, F_SETFL, 0) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(message: explain(errno)) }
            if count == 0, isPipe, result.isEmpty { throw FileError(message: "it is a pipe into which nobody writes") }
            guard count > 0 else { return result }
            guard result.count + count <= maximumSize else { throw FileError(message: "it is larger than 16 MiB") }
            result += buffer[..<count]
        }
    }

    private static func explain(_ code: Int32) -> String {
        switch code {
        case ENOENT: "there is no such file"
        case EACCES, EPERM: "this user may not read it"
        case ENOTDIR: "a part of the path is no directory"
        case ELOOP: "too many symbolic links"
        case EISDIR: "it is a directory"
        default: String(cString: strerror(code))
        }
    }
}
