import Model
import TestSupport
import Testing

@testable import Planning

@Suite("review of a host")
struct HostReviewTests {
    private static let now = WallTime(nanoseconds: 1_795_655_400_000_000_000)

    private func state(
        icmp: HostState.ICMPAccess = .raw,
        isRoot: Bool = true,
        stamps: Bool = true,
        clockError: Duration? = .milliseconds(2),
        at now: WallTime = now,
        wireserver: HostState.Wireserver? = .answered(status: 200)
    ) -> HostState {
        HostState(
            icmpV4: icmp,
            icmpV6: icmp,
            canMark: icmp == .raw,
            isRoot: isRoot,
            stampsV4: stamps,
            stampsV6: stamps,
            clockError: clockError,
            now: now,
            wireserver: wireserver
        )
    }

    private func problems(_ files: HostFiles, _ state: HostState?) -> [String] {
        HostReview(files: files, state: state).findings.filter { $0.status == .warn || $0.status == .fail }.map {
            "\($0.status) \($0.id)"
        }
    }

    @Test("a gallery image that runs well has no warning and no failure")
    func good() {
        #expect(problems(.azure(), state()) == [])
    }

    @Test("an Azure VM without the agent, as a migrated one, fails (BKP-26)")
    func noAgent() {
        #expect(problems(.azure(without: ["/usr/sbin/waagent"]), state()) == ["fail BKP-26"])
    }

    @Test("an agent that is not enabled, or silent for an hour")
    func agent() {
        let wants = "/etc/systemd/system/multi-user.target.wants/walinuxagent.service"
        #expect(problems(.azure(without: [wants]), state()) == ["warn BKP-26"])
        #expect(problems(.azure(), state(at: Self.now + .seconds(7_200))) == ["fail BKP-26"])
    }

    @Test("a system that backup does not support, and one without Python (BKP-29)")
    func system() {
        #expect(problems(.azure(["/etc/os-release": "ID=flatcar\n"]), state()) == ["fail BKP-29"])
        #expect(problems(.azure(without: ["/usr/bin/python3"]), state()) == ["fail BKP-29"])
    }

    @Test("what is mounted over the network is in no backup (BKP-32)")
    func mounts() {
        let mounts = "/dev/sda1 / ext4 rw 0 0\n//share/x /data cifs rw 0 0\n10.0.0.9:/v /nfs nfs4 rw 0 0\n"
        #expect(problems(.azure(["/proc/mounts": mounts]), state()) == ["warn BKP-32", "warn BKP-32"])
    }

    @Test("a host that is no Azure VM is not blamed for what only those need")
    func elsewhere() {
        let host = HostFiles.azure(
            ["/sys/class/dmi/id/chassis_asset_tag": "None\n"],
            without: ["/usr/sbin/waagent", "/usr/bin/python3"]
        )
        #expect(problems(host, state(wireserver: nil)) == [])
        #expect(!HostReview(files: host, state: nil).asksWireserver)
    }

    @Test("what netprobe itself needs: privileges, stamps, a clock")
    func probing() {
        #expect(problems(.azure(), state(icmp: .ping)) == ["warn HOST-PRIVILEGE", "warn HOST-PRIVILEGE"])
        #expect(problems(.azure(), state(icmp: .none)) == ["fail HOST-PRIVILEGE", "warn HOST-PRIVILEGE"])
        #expect(problems(.azure(), state(stamps: false)) == ["warn HOST-TIMESTAMPS"])
        #expect(problems(.azure(), state(clockError: nil)) == ["warn HOST-CLOCK"])
        #expect(problems(.azure(), state(clockError: .seconds(16))) == ["warn HOST-CLOCK"])
    }

    @Test("wireserver silent: a failure for root, unknown for others, whom the agent's firewall keeps out")
    func wireserver() {
        let silent = HostState.Wireserver.failed(.timeout)
        #expect(problems(.azure(), state(wireserver: silent)) == ["fail HOST-WIRESERVER"])
        #expect(problems(.azure(), state(isRoot: false, wireserver: silent)) == [])
        let untagged = HostFiles.azure(without: ["/sys/class/dmi/id/chassis_asset_tag"])
        #expect(problems(untagged, state(wireserver: silent)) == [])
    }

    @Test("a file that may not be read is unknown, never a pass")
    func unreadable() {
        var host = HostFiles.azure()
        host.files["/etc/waagent.conf"] = .unreadable("Permission denied")
        let findings = HostReview(files: host, state: nil).findings
        #expect(
            findings.contains(
                Finding("HOST-FILES", .unknown, "cannot be read: Permission denied", at: "/etc/waagent.conf")
            )
        )
    }

    @Test(
        "the report: the worst first, broken at 80 columns, counted; status 1 for a failure, 2 for a warning if strict"
    )
    func report() throws {
        let environment = "http_proxy=http://10.0.0.5:3128\nno_proxy=168.63.129.16,169.254.169.254\n"
        let host = HostFiles.azure(["/etc/environment": environment])
        let report = FindingReport(subject: "this host", findings: HostReview(files: host, state: state()).findings)
        let text = report.text(width: 80, colour: false)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        try expectGolden(text + "\n", "Tests/Golden/host/report.txt")
        try expectGolden(report.json.text(pretty: true) + "\n", "Tests/Golden/host/report.json")
        #expect(report.exitStatus(isStrict: false) == 1)
        let warned = FindingReport(subject: "x", findings: [Finding("A", .warn, "w"), Finding("B", .pass, "p")])
        #expect(warned.exitStatus(isStrict: false) == 0 && warned.exitStatus(isStrict: true) == 2)
    }

    @Test("what a file holds steers no terminal; an IPv6 proxy has its brackets")
    func shown() {
        let report = FindingReport(subject: "x", findings: [Finding("A", .warn, "a\0b\u{1B}[2Jc")])
        #expect(report.text(width: 80, colour: false).contains("a\\x00b\\x1b[2Jc"))
        #expect(NamedProxy(host: "FD00::5", port: 3128, place: "x").address == "[fd00::5]:3128")
    }
}
