/// The files of one host that the checks look at, as text.
public struct HostFiles: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
        case text(String)
        /// It is there and cannot be read; the cause, for people.
        case unreadable(String)
    }

    /// By absolute path within the root. A path that stands here without text (an empty text) is there all the same.
    public var files: [String: Content]

    public init(_ files: [String: Content]) {
        self.files = files
    }

    /// The text of a file; nil where there is none, or it cannot be read.
    public func text(_ path: String) -> String? {
        guard case .text(let text) = files[path] else { return nil }
        return text
    }

    public func exists(_ path: String) -> Bool { files[path] != nil }

    /// Those below a folder whose names end so, in the order of their names.
    func paths(in folder: String, suffix: String) -> [String] {
        files.keys.filter { path in
            path.hasPrefix(folder + "/") && path.hasSuffix(suffix) && !path.dropFirst(folder.count + 1).contains("/")
        }.sorted()
    }

    static let environment = "/etc/environment"
    static let agent = "/etc/waagent.conf"
    static let release = "/etc/os-release"
    static let systemRelease = "/usr/lib/os-release"
    static let mounts = "/proc/mounts"
    static let mountTable = "/etc/fstab"
    static let assetTag = "/sys/class/dmi/id/chassis_asset_tag"
    static let agentLog = "/var/log/waagent.log"
    static let agentPrograms = ["/usr/sbin/waagent", "/usr/bin/waagent"]
    static let pythonPrograms = ["/usr/bin/python3", "/usr/local/bin/python3", "/usr/libexec/platform-python"]
    static let agentUnits = ["walinuxagent.service", "waagent.service"]
    static let unitFolders = [
        "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system",
    ]
    static let managerFile = "/etc/systemd/system.conf"
    static let managerFolders = [
        "/usr/lib/systemd/system.conf.d", "/run/systemd/system.conf.d", "/etc/systemd/system.conf.d",
    ]

    /// Whose text is wanted, at most `HostFiles.limit` bytes of each.
    public static let wanted =
        [environment, agent, release, systemRelease, mounts, mountTable, assetTag, managerFile]
        + unitFolders.flatMap { folder in agentUnits.map { "\(folder)/\($0)" } }
    /// Whose end is wanted: logs.
    public static let tails = [agentLog]
    /// Whose being there is asked for.
    public static let presence =
        agentPrograms + pythonPrograms
        + agentUnits.map { "/etc/systemd/system/multi-user.target.wants/\($0)" }
    /// Folders whose `.conf` files are wanted.
    public static let folders =
        managerFolders + unitFolders.flatMap { folder in agentUnits.map { "\(folder)/\($0).d" } }

    /// Bytes.
    public static let limit = 1 << 20

    /// The files that the units name as `EnvironmentFile=`; they are wanted too.
    public var furtherFiles: [String] {
        ServiceEnvironment(self).files.map(\.path).filter { !exists($0) }
    }
}
