import Glibc
import Model
import TestSupport
import Testing

/// A capture of one handshake: SYN at 0 ms, SYN-ACK at 50 ms, ACK at 60 ms.
private enum Handshake {
    /// Runs netprobe on the capture, or on the start of it.
    static func capture(_ arguments: String..., length: Int = .max) throws -> Shell.Finished {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/office.pcap"
        let file = try #require(fopen(path, "w"))
        let content = CaptureFile.pcap().prefix(length)
        content.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
        fclose(file)
        return try Netprobe.run(["capture", path] + arguments)
    }
}

@Suite("netprobe capture", .onOwnThread)
struct CaptureTests {
    @Test("the samples are CSV with the header of the contract")
    func samples() throws {
        let result = try Handshake.capture("--samples")
        #expect(result.status == 0)
        #expect(
            result.output == """
                frame,time_ns,source,destination,method,rtt_ns
                2,1700000000050000000,10.0.0.2:443,10.0.0.1:40000,handshake_server,50000000
                3,1700000000060000000,10.0.0.1:40000,10.0.0.2:443,handshake,60000000
                3,1700000000060000000,10.0.0.1:40000,10.0.0.2:443,handshake_client,10000000

                """
        )
    }

    @Test("the table fits 80 columns")
    func table() throws {
        let result = try Handshake.capture()
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").allSatisfy { $0.utf8.count <= 80 }, "\(result.output)")
        #expect(result.output.contains("tcp 10.0.0.1:40000 > 10.0.0.2:443"))
    }

    @Test("JSON is one document with totals, methods and flows")
    func json() throws {
        let document = try JSONValue(parsing: try Handshake.capture("--output", "json").output)
        #expect(document["packets"]?.asInteger == 3)
        #expect(document["link_types"]?.asArray == ["ether"])
        #expect(document["complete"]?.asBool == true)
        #expect(document["round_trips"]?["handshake_server"]?["min_ns"]?.asInteger == 50_000_000)
        #expect(document["groups"]?.asArray?.first?["server"]?.asString == "10.0.0.2:443")
    }

    @Test("Prometheus and CSV name what they count")
    func others() throws {
        let metrics = try Handshake.capture("--output", "prometheus").output
        #expect(metrics.contains("\nnetprobe_tcp_handshake_rtt_seconds_count{"))
        let csv = try Handshake.capture("--output", "csv", "--by", "path").output.split(separator: "\n")
        #expect(csv.count == 3 && csv[1].hasPrefix(",10.0.0.1,10.0.0.2,1,1,to_server,2,"))
    }

    @Test("a file that ends in the middle of a packet exits 65, says where, and shows what came before")
    func cut() throws {
        let result = try Handshake.capture(length: 24 + 2 * 70 + 20)
        #expect(result.status == 65)
        #expect(result.errors.contains("office.pcap: ends in the middle of a packet, "))
        #expect(result.errors.contains(" at byte 184"))
        #expect(result.output.contains("2 packets"))
    }

    @Test("what is not there, no filter, and no capture are told apart by status")
    func statuses() throws {
        #expect(try Netprobe.run("capture", "/nonexistent.pcap").status == 69)
        let neither = try Netprobe.run("capture", "nosuchif0")
        #expect(neither.status == 69 && neither.errors.contains("nosuchif0: no such file, and no such interface"))
        #expect(try Netprobe.run("capture", "/etc/passwd").status == 65)
        #expect(try Handshake.capture("--filter", "tcp prot 5").status == 64)
        #expect(try Handshake.capture("--filter", "tcp port 443").output.contains("3 packets"))
    }

    @Test("samples are lines of CSV: another output is refused, and what is allowed is said")
    func sampledJSON() throws {
        let result = try Handshake.capture("--samples", "--output", "json")
        #expect(result.status == 64)
        #expect(try JSONValue(parsing: result.output)["error"]?["exit_status"]?.asInteger == 64)
        #expect(result.errors.contains("--samples are lines of CSV; allowed: --output csv, or none"))
        #expect(try Handshake.capture("--samples", "--output", "csv").status == 0)
    }

    @Test("a result that cannot be written is a failure that is said; a reader that went away is one without a word")
    func unwritten() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try TemporaryFolder.overwrite(folder.path + "/office.pcap", bytes: CaptureFile.pcap())
        let command = "'\(try NetprobeBinary.path())' capture '\(folder.path)/office.pcap'"
        let full = try Shell.run("sh", "-c", "\(command) 2>&1 > /dev/full; echo $?")
        #expect(full == "netprobe: standard output: No space left on device\n1\n")
        let gone = try Shell.run("bash", "-c", "trap '' PIPE; exec 3> >(true); wait $!; \(command) 2>&1 >&3; echo $?")
        #expect(gone == "1\n")
    }
}
