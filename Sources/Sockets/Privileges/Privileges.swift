internal import CLinux
internal import Glibc

/// The capabilities of this process (capabilities(7)).
public enum Privileges {
    public enum Capability: UInt32, CaseIterable, Sendable {
        case netBindService = 10
        case netAdmin = 12
        case netRaw = 13
        case sysNice = 23
    }

    /// Whether the capability is effective in the calling thread.
    public static func has(_ capability: Capability) -> Bool {
        guard let (low, _) = try? effective() else { return false }
        return low & (1 << capability.rawValue) != 0
    }

    /// Gives up every capability but `kept`, for good: bounding, permitted, effective, inheritable and ambient set of
    /// the calling thread, and no later program may gain one (no_new_privs). Threads started later inherit that, so
    /// call it before other threads start or on each.
    public static func drop(keeping kept: [Capability]) throws(SystemError) {
        try SystemCall.checked("prctl PR_SET_NO_NEW_PRIVS") { netprobe_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }
        _ = netprobe_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
        // Dropping from the bounding set needs CAP_SETPCAP; without it the set cannot be used either.
        for number in 0..<64 where !kept.contains(where: { $0.rawValue == UInt32(number) }) {
            guard netprobe_prctl(PR_CAPBSET_READ, UInt(number), 0, 0, 0) == 1 else { continue }
            _ = netprobe_prctl(PR_CAPBSET_DROP, UInt(number), 0, 0, 0)
        }
        var mask: UInt32 = 0
        for capability in kept { mask |= 1 << capability.rawValue }
        let permitted = try sets()
        var header = __user_cap_header_struct(version: 0x2008_0522, pid: 0)
        let low = __user_cap_data_struct(
            effective: permitted.low.permitted & mask,
            permitted: permitted.low.permitted & mask,
            inheritable: 0
        )
        var data = (low, __user_cap_data_struct())
        _ = try unsafe withUnsafePointer(to: &data) { pointer throws(SystemError) in
            try unsafe pointer.withMemoryRebound(to: __user_cap_data_struct.self, capacity: 2) {
                (sets: UnsafePointer<__user_cap_data_struct>) throws(SystemError) in
                try SystemCall.checked("capset") { unsafe netprobe_capset(&header, sets) }
            }
        }
    }

    private static func effective() throws(SystemError) -> (low: UInt32, high: UInt32) {
        let both = try sets()
        return (both.low.effective, both.high.effective)
    }

    private static func sets() throws(SystemError) -> (low: __user_cap_data_struct, high: __user_cap_data_struct) {
        var header = __user_cap_header_struct(version: 0x2008_0522, pid: 0)
        var data = (__user_cap_data_struct(), __user_cap_data_struct())
        _ = try unsafe withUnsafeMutablePointer(to: &data) { pointer throws(SystemError) in
            try unsafe pointer.withMemoryRebound(to: __user_cap_data_struct.self, capacity: 2) {
                (sets: UnsafeMutablePointer<__user_cap_data_struct>) throws(SystemError) in
                try SystemCall.checked("capget") { unsafe netprobe_capget(&header, sets) }
            }
        }
        return data
    }
}
