import TestSupport
import Testing

@Suite("what happened to packets, in each output", .onOwnThread)
struct FindingsTests {
    private func recording() throws -> Recording {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try TemporaryFolder.overwrite(folder.path + "/a.pcapng", bytes: CaptureFile.guards(numbers: [1, 2, 6, 5]))
        return Recording(folder.path + "/a.pcapng")
    }

    @Test("the table has a line where there is something, in 80 columns")
    func table() throws {
        let lines = try recording().table.split(separator: "\n")
        #expect(lines.contains("    lost packets 2, late packets 1"))
        #expect(lines.contains("    bfd down: 3 messages, 1 alarms, longest gap 1000.000 ms"))
        #expect(lines.allSatisfy { $0.utf8.count <= 80 })
    }

    @Test("CSV has a field for the session, empty without one, and every line as many fields as the header")
    func csv() throws {
        let lines = try recording().csv.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(lines.first?.last == "session")
        #expect(lines.allSatisfy { $0.count == lines.first?.count })
        let sessions = lines.dropFirst().compactMap(\.last).filter { !$0.isEmpty }
        #expect(sessions == ["messages=3 alarms=1 state=1 longest_gap_ns=1000000000"])
    }

    @Test("Prometheus has what is not zero, each series once, and promtool finds no fault")
    func prometheus() throws {
        let text = try recording().prometheus
        let esp = #"protocol="esp",client="10.0.0.1",server="10.0.0.2",spi="0xabcd",direction="to_server""#
        #expect(text.contains(esp + #",kind="lost_packets"} 2"#))
        #expect(text.contains(#"kind="late_packets"} 1"#) && !text.contains(#"kind="resets""#))
        #expect(
            text.contains("netprobe_capture_session_messages{") && text.contains("netprobe_capture_session_alarms{")
        )
        let series = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
            $0.split(separator: "}").first
        }
        #expect(Set(series).count == series.count)
        guard Requirement.met(.program("promtool", package: "prometheus")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try TemporaryFolder.overwrite(folder.path + "/metrics", bytes: Array(text.utf8))
        #expect(try Shell.run("sh", "-c", "promtool check metrics < '\(folder.path)/metrics' 2>&1 || true") == "")
    }
}
