import ArgumentParser
import Document
import Glibc
import Service

/// Standard output and standard error, each text in one piece.
enum Console {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// One line. What it repeats, of the command line, a file or a peer, steers no terminal.
    static func printError(_ line: String) { write(line.printable + "\n", to: STDERR_FILENO) }

    /// - Returns: errno where not all could be written; nil for success.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    /// The result of a command. Where nobody takes it, the command has failed and ends: at once and without a word where the reader
    /// went away, since that is how he ends it.
    static func deliver(_ text: String) {
        guard let code = write(text, to: STDOUT_FILENO) else { return }
        if code != EPIPE { printError("netprobe: standard output: \(String(cString: strerror(code)))") }
        exit(ExitStatus.bad.rawValue)
    }

    static let output = STDOUT_FILENO

    /// Somebody looks at standard error.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// A line that replaces the one before.
    static func showProgress(_ text: String) { write("\r\u{1B}[K" + text.printable, to: STDERR_FILENO) }

    /// Colour suits a terminal only, none that is dumb, and not where NO_COLOR is set (no-color.org).
    static var showsColour: Bool {
        let isUnwanted = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        return isatty(STDOUT_FILENO) == 1 && !isUnwanted && !ProcessEnvironment.hasDumbTerminal
    }

    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
