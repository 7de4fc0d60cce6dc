import Glibc

/// A terminal that hands over single keys and shows a screen of its own; as it was when this goes.
final class LiveTerminal {
    private let former: termios
    /// An open file of its own: what it does not wait for, the shell on the same terminal still does.
    private let output: Int32
    /// What the terminal has not taken yet.
    private var pending: ArraySlice<UInt8> = []
    private var isRestored = false
    /// So long a screen may take: one that nobody reads, as behind a broken connection, must not hold what ends the program.
    private static let patience: Duration = .milliseconds(200)

    /// - Returns: nil where standard input and output are not both a terminal that can be drawn on.
    init?() {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, !ProcessEnvironment.hasDumbTerminal else {
            return nil
        }
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        former = settings
        let opened = open("/proc/self/fd/\(STDOUT_FILENO)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        output = opened < 0 ? STDOUT_FILENO : opened
        // Keys at once and unseen; Ctrl-C still ends the program; Ctrl-Z and Ctrl-\ would leave the
        // terminal in this state.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &settings.c_cc) { ($0[Int(VSUSP)], $0[Int(VQUIT)]) = (0, 0) }
        guard tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
        // Nothing wraps: a terminal that has just become narrower would break each line in two.
        write("\u{1B}[?1049h\u{1B}[?7l\u{1B}[?25l")
    }

    deinit {
        restore()
        if output != STDOUT_FILENO { close(output) }
    }

    /// Ends the screen.
    func restore() {
        guard !isRestored else { return }
        isRestored = true
        write("\u{1B}[?25h\u{1B}[?7h\u{1B}[?1049l")
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

    /// Leaves a screen out while the terminal has not taken the one before.
    func show(_ lines: [String]) {
        flush()
        if !isStuck { write(Self.screen(lines)) }
    }

    /// It takes nothing.
    var isStuck: Bool { !pending.isEmpty }

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

    private func write(_ text: String) {
        pending += text.utf8
        flush()
    }

    private func flush() {
        let end = ContinuousClock.now + Self.patience
        while !pending.isEmpty {
            let count = pending.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if count > 0 {
                pending = pending.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                let rest = end - .now
                guard rest > .zero else { return }
                var ready = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, Int32(rest / .milliseconds(1)) + 1)
            } else if count == 0 || errno != EINTR {
                // It is gone: nobody takes the rest.
                pending = []
            }
        }
    }
}
