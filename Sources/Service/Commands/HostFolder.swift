import Glibc
import Planning
import Sockets

/// Reads the files that the checks of a host want.
struct HostFolder {
    private let root: RootedFolder

    /// - Throws: `SystemError` where the root is no folder.
    init(_ root: String) throws(SystemError) {
        self.root = try RootedFolder(root)
    }

    func files() -> HostFiles {
        var found: [String: HostFiles.Content] = [:]
        for path in HostFiles.presence where root.contains(path) { found[path] = .text("") }
        for path in HostFiles.tails { found[path] = content(path, fromEnd: true) }
        let inFolders = HostFiles.folders.flatMap { folder in
            root.names(in: folder).filter { $0.hasSuffix(".conf") }.map { "\(folder)/\($0)" }
        }
        for path in HostFiles.wanted + inFolders { found[path] = content(path) }
        var files = HostFiles(found)
        for path in files.furtherFiles { files.files[path] = content(path) }
        return files
    }

    /// Nil where there is nothing.
    private func content(_ path: String, fromEnd: Bool = false) -> HostFiles.Content? {
        do throws(SystemError) {
            let bytes = try root.read(path, limit: HostFiles.limit, fromEnd: fromEnd)
            return .text(String(decoding: bytes, as: UTF8.self))
        } catch {
            switch error.code {
            case ENOENT, ENOTDIR: return nil
            case EISDIR: return .unreadable("it is a directory")
            case EINVAL, ENXIO: return .unreadable("it is no file, but a pipe, a socket or a device")
            default: return .unreadable(error.message)
            }
        }
    }
}
