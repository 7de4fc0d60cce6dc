import Glibc

/// A file of text, read whole.
enum TextFile {
    /// - Returns: nil when it cannot be read, is longer than `limit` bytes or is no UTF-8.
    static func read(_ path: String, limit: Int) -> String? {
        bytes(of: path, limit: limit).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// - Returns: nil when it cannot be read, or is longer than `limit` bytes.
    static func bytes(of path: String, limit: Int) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            content += buffer[..<count]
            guard content.count <= limit else { return nil }
        }
        return ferror(file) == 0 ? content : nil
    }
}
