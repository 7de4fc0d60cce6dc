import CZlib

/// Reads what is compressed by gzip.
enum Gzip {
    static func bytes(of path: String) throws -> [UInt8] {
        guard let file = gzopen(path, "rb") else { throw Unreadable(path: path) }
        defer { gzclose(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = gzread(file, &buffer, UInt32(buffer.count))
            guard count >= 0 else { throw Unreadable(path: path) }
            guard count > 0 else { return content }
            content += buffer[..<Int(count)]
        }
    }

    struct Unreadable: Error {
        var path: String
    }
}
