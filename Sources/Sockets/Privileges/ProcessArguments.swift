internal import CLinux
internal import Glibc

/// The arguments of this process as every user of the host may read them (`/proc/PID/cmdline`).
public enum ProcessArguments {
    /// Those behind the program's name, as the kernel handed them over. `CommandLine` looks for them beside the environment, which a
    /// library that is preloaded may have moved by then.
    public static var all: [String] {
        (1..<max(1, netprobe_argument_count())).compactMap { index in
            unsafe netprobe_argument(index).map { unsafe String(cString: $0) }
        }
    }

    /// Overwrites every occurrence of a text in them; what the program has read of them stays as it is.
    public static func hide(_ text: String) {
        guard !text.isEmpty else { return }
        unsafe netprobe_hide_argument(text)
    }
}
