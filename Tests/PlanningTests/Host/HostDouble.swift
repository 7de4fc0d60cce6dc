@testable import Planning

extension HostFiles {
    /// An Azure VM as the gallery makes it, but for what is given.
    static func azure(_ texts: [String: String] = [:], without: Set<String> = []) -> HostFiles {
        var files: [String: String] = [
            assetTag: "7783-7084-3265-9085-8269-3286-77\n",
            "/etc/os-release": "ID=debian\nVERSION_ID=\"12\"\n",
            "/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n",
            "/etc/waagent.conf": "Provisioning.Enabled=y\n# HttpProxy.Host=None\n",
            "/usr/sbin/waagent": "", "/usr/bin/python3": "",
            "/usr/lib/systemd/system/walinuxagent.service":
                "[Service]\nExecStart=/usr/bin/python3 -u /usr/sbin/waagent -daemon\n",
            "/etc/systemd/system/multi-user.target.wants/walinuxagent.service": "",
            "/var/log/waagent.log":
                "2026-11-26T00:50:00.123456Z INFO ExtHandler ExtHandler [HEARTBEAT] Agent WALinuxAgent-2.9.1.1 is running as the goal state agent\n",
        ]
        files.merge(texts) { $1 }
        for path in without { files[path] = nil }
        return HostFiles(files.mapValues { .text($0) })
    }

    /// `status id` of each finding about the proxy, without those that pass, each with its message.
    var proxyProblems: [String] {
        ProxyChecks(settings: ProxySettings(self)).findings.filter { $0.status != .pass }.map {
            "\($0.status) \($0.id) \($0.place ?? "-"): \($0.message)"
        }
    }
}
