/// The system under the agent: what it is (BKP-29), and what of it no backup holds (BKP-32).
struct SystemChecks {
    let host: HostFiles

    /// Without an agent that backup supports.
    private static let unsupported: Set<String> = ["coreos", "flatcar"]
    private static let networkFileSystems: Set<String> = [
        "cifs", "smb3", "smbfs", "nfs", "nfs4", "9p", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs",
        "fuse.blobfuse",
        "fuse.blobfuse2", "afs", "lustre",
    ]

    var findings: [Finding] {
        guard AzureMachine(host) != .no else {
            return ["BKP-29", "BKP-32"].map { Finding($0, .unknown, "this is no Azure VM") }
        }
        return [system, python] + mounts
    }

    private var system: Finding {
        let id = "BKP-29"
        guard let path = [HostFiles.release, HostFiles.systemRelease].first(where: { host.text($0) != nil }) else {
            return Finding(id, .unknown, "there is no os-release", at: HostFiles.release)
        }
        let settings = EnvironmentFile(host.text(path) ?? "", file: path).settings
        guard let name = settings.last(named: "ID") else {
            return Finding(id, .unknown, "os-release has no ID", at: path)
        }
        let version = settings.last(named: "VERSION_ID").map { " \($0.value)" } ?? ""
        guard !Self.unsupported.contains(name.value.lowercased()) else {
            return Finding(id, .fail, "\(name.value) is not supported by Azure Backup", at: name.place)
        }
        return Finding(id, .pass, "the system is \(name.value)\(version)", at: name.place)
    }

    private var python: Finding {
        guard let path = HostFiles.pythonPrograms.first(where: host.exists) else {
            return Finding("BKP-29", .fail, "there is no python3: the VM agent and its extensions need it")
        }
        return Finding("BKP-29", .pass, "python3 is there", at: path)
    }

    private var mounts: [Finding] {
        let id = "BKP-32"
        guard let path = [HostFiles.mounts, HostFiles.mountTable].first(where: { host.text($0) != nil }) else {
            return [Finding(id, .unknown, "there is no list of mounts", at: HostFiles.mounts)]
        }
        var found: [Finding] = []
        for (number, line) in (host.text(path) ?? "").numberedLines where !line.trimmed.hasPrefix("#") {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 3, Self.networkFileSystems.contains(String(fields[2])) else { continue }
            let message = "\(fields[1]) is mounted over the network (\(fields[2])): it is in no backup of this VM"
            found.append(Finding(id, .warn, message, at: "\(path):\(number)"))
        }
        return found.isEmpty ? [Finding(id, .pass, "nothing is mounted over the network", at: path)] : found
    }
}
