import Document

/// Facts of the host about a file that the configuration names: never errors, since they may mend themselves.
struct FileCheck {
    let host: any HostFacts
    let log: DiagnosticLog

    func check(_ path: String, at mark: Mark, isSecret: Bool) {
        let what = isSecret ? "the secret file" : "the file"
        switch host.access(to: path) {
        case .missing:
            log.warning("\(what) \(quoted(path)) is not there", at: mark, allowed: "a file that this user can read")
        case .unreadable:
            log.warning("\(what) \(quoted(path)) cannot be read", at: mark, allowed: "a file that this user can read")
        case .notAFile:
            log.warning("\(quoted(path)) is no file", at: mark, allowed: "a file that this user can read")
        case .readable(let mode) where isSecret && mode & 0o077 != 0:
            let others = mode & 0o007 != 0 ? "everybody" : "its group"
            log.warning("the secret file \(quoted(path)) is open to \(others)", at: mark, allowed: "mode 0600 or 0400")
        case .readable:
            break
        }
    }
}
