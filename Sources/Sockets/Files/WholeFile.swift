internal import Glibc

/// A small file that is replaced as a whole, so that a reader sees the old or the new content and never a part of one.
public enum WholeFile {
    /// - Parameter limit: in bytes; what is beyond is left out.
    /// - Returns: nil where there is no file, or none that can be read.
    public static func read(_ path: String, limit: Int = 1 << 20) -> [UInt8]? {
        // The stream is closed once, and the buffer outlives the call that fills it.
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe fclose(file) }
        var content = [UInt8](repeating: 0, count: limit)
        let count = unsafe fread(&content, 1, content.count, file)
        return Array(content.prefix(count))
    }

    /// Waits for the disk. Only the user of this program may read it afterwards.
    /// - Returns: false where it could not be written; the old content is then still there.
    @discardableResult
    public static func replace(_ path: String, with bytes: [UInt8]) -> Bool {
        let fresh = path + ".new"
        // Paths and bytes live until each call returns.
        let descriptor = unsafe Glibc.open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let isWhole = unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        Glibc.close(descriptor)
        if isWhole, unsafe rename(fresh, path) == 0 { return true }
        unsafe unlink(fresh)
        return false
    }
}
