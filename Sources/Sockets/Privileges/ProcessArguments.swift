internal import CLinux
internal import Glibc

/// The arguments of this process as every user of the host may read them (`/proc/PID/cmdline`).
public enum ProcessArguments {
    /// Overwrites every occurrence of a text in them; what the program has read of them stays as it is.
    public static func hide(_ text: String) {
        guard !text.isEmpty else { return }
        unsafe netprobe_hide_argument(text)
    }
}
