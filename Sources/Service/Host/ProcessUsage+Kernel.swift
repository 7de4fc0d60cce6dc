import Glibc
import Metering
import Model
import Sockets

extension ProcessUsage {
    /// What the kernel says of this process now (CLOCK_PROCESS_CPUTIME_ID, /proc/self).
    static func current(startedAt: WallTime) -> ProcessUsage {
        let page = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let pages = ProcFile.text("/proc/self/statm").split(separator: " ").compactMap { UInt64($0) }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessUsage(
            cpuSeconds: SystemClock.processorTime().seconds,
            residentBytes: (pages.count > 1 ? pages[1] : 0) * page,
            virtualBytes: (pages.first ?? 0) * page,
            openFiles: ProcFile.entries("/proc/self/fd"),
            maximumFiles: UInt64(limit.rlim_cur),
            startedAt: startedAt
        )
    }
}

/// Small files of /proc.
enum ProcFile {
    /// At most 4 KiB; empty when it cannot be read.
    static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }

    /// Entries of a folder, without itself, its parent and the descriptor that lists it.
    static func entries(_ path: String) -> Int {
        guard let folder = opendir(path) else { return 0 }
        defer { closedir(folder) }
        var count = -3
        while readdir(folder) != nil { count += 1 }
        return max(0, count)
    }
}
