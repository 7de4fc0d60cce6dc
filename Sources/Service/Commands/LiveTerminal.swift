import Glibc

/// A terminal that hands over single keys and shows a screen of its own; as it was when this goes.
final class LiveTerminal {
    private let former: termios

    /// - Returns: nil where standard input and output are not both a terminal that can be drawn on.
    init?() {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, !ProcessEnvironment.hasDumbTerminal else {
            return nil
        }
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        former = settings
        // Keys at once and unseen; Ctrl-C still ends the program; Ctrl-Z and Ctrl-\ would leave the
        // terminal in this state.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &settings.c_cc) { ($0[Int(VSUSP)], $0[Int(VQUIT)]) = (0, 0) }
        guard tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
        // Nothing wraps: a terminal that has just become narrower would break each line in two.
        Self.write("\u{1B}[?1049h\u{1B}[?7l\u{1B}[?25l")
    }

    deinit {
        Self.write("\u{1B}[?25h\u{1B}[?7h\u{1B}[?1049l")
        var settings = former
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    func show(_ lines: [String]) { Self.write(Self.screen(lines)) }

    /// What stood there before is erased ahead of each line: behind one that fills the terminal the cursor still stands on its
    /// last character. The last line erases all below it too.
    static func screen(_ lines: [String]) -> String {
        let last = lines.last ?? ""
        return "\u{1B}[H" + lines.dropLast().map { "\u{1B}[K\($0)\r\n" }.joined() + "\u{1B}[J\(last)"
    }

    /// Blocks; nil at the end of the input.
    static func readKey() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            if count == -1, errno == EINTR { continue }
            return nil
        }
    }

    private static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
