internal import Document
internal import Model

/// The VM agent (BKP-26): gallery images have it, migrated VMs do not.
struct AgentChecks {
    let host: HostFiles
    /// The wall time; nil where a folder is judged and an age says nothing.
    let now: WallTime?

    /// The agent writes each half hour; twice that and it does not run.
    private static let silenceLimit: Duration = .seconds(3_600)

    var findings: [Finding] {
        let id = "BKP-26"
        guard AzureMachine(host) != .no else {
            return [Finding(id, .unknown, "this is no Azure VM")]
        }
        guard let program = HostFiles.agentPrograms.first(where: host.exists) else {
            let message = "the VM agent is not installed: no backup extension can run"
            return [Finding(id, .fail, message, advice: "install the package walinuxagent or WALinuxAgent")]
        }
        return [Finding(id, .pass, "the VM agent is installed", at: program), unit] + heartbeat
    }

    private var unit: Finding {
        let id = "BKP-26"
        let units = ServiceEnvironment(host).units
        guard let path = units.last, let name = path.split(separator: "/").last else {
            return Finding(id, .unknown, "there is no systemd unit of the VM agent")
        }
        guard host.exists("/etc/systemd/system/multi-user.target.wants/\(name)") else {
            return Finding(id, .warn, "\(name) is not enabled", at: path, advice: "systemctl enable --now \(name)")
        }
        return Finding(id, .pass, "\(name) is enabled", at: path)
    }

    private var heartbeat: [Finding] {
        let id = "BKP-26"
        let beats = (host.text(HostFiles.agentLog) ?? "").split(whereSeparator: \.isNewline).compactMap(Heartbeat.init)
        guard let last = beats.last else {
            return [Finding(id, .unknown, "the agent's log holds no heartbeat", at: HostFiles.agentLog)]
        }
        let said = "agent \(last.version) was alive at \(last.at.rfc3339)"
        guard let now else { return [Finding(id, .pass, said, at: HostFiles.agentLog)] }
        guard now - last.at <= Self.silenceLimit else {
            let message = "\(said), and has been silent since"
            return [Finding(id, .fail, message, at: HostFiles.agentLog, advice: "systemctl restart \(service)")]
        }
        return [Finding(id, .pass, said, at: HostFiles.agentLog)]
    }

    private var service: String {
        ServiceEnvironment(host).units.last?.split(separator: "/").last.map(String.init) ?? HostFiles.agentUnits[0]
    }
}

/// A line such as `2025-11-19T10:00:00.123456Z INFO ExtHandler ExtHandler [HEARTBEAT] Agent WALinuxAgent-2.9.1.1 is running …`.
struct Heartbeat: Equatable, Sendable {
    var at: WallTime
    var version: String

    init?(_ line: Substring) {
        guard line.contains("[HEARTBEAT]"), let stamp = line.split(separator: " ").first,
            let at = Timestamp.nanoseconds(String(stamp)),
            let name = line.firstRange(of: "WALinuxAgent-")
        else { return nil }
        let version = line[name.upperBound...].prefix { $0.isNumber || $0 == "." }
        guard !version.isEmpty else { return nil }
        self.at = WallTime(nanoseconds: at)
        self.version = String(version)
    }
}
