import Glibc
import Model
import TestSupport
import Testing

/// A capture of one handshake: SYN at 0 ms, SYN-ACK at 50 ms, ACK at 60 ms.
private enum Handshake {
    static var bytes: [UInt8] {
        var file: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]
        file += record(0, packet(1, 2, 40000, 443, 100, 0, 0x02))
        file += record(50_000, packet(2, 1, 443, 40000, 500, 101, 0x12))
        file += record(60_000, packet(1, 2, 40000, 443, 101, 501, 0x10))
        return file
    }

    private static func record(_ microseconds: UInt32, _ packet: [UInt8]) -> [UInt8] {
        little(1_700_000_000) + little(microseconds) + little(UInt32(packet.count)) + little(UInt32(packet.count))
            + packet
    }

    private static func packet(
        _ source: UInt8,
        _ destination: UInt8,
        _ from: UInt16,
        _ to: UInt16,
        _ sequence: UInt32,
        _ acknowledgement: UInt32,
        _ flags: UInt8
    ) -> [UInt8] {
        let ip: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, source, 10, 0, 0, destination]
        let tcp = big(UInt32(from) << 16 | UInt32(to)) + big(sequence) + big(acknowledgement)
        return [UInt8](repeating: 2, count: 12) + [8, 0] + ip + tcp + [0x50, flags, 1, 0, 0, 0, 0, 0]
    }

    private static func little(_ value: UInt32) -> [UInt8] { big(value).reversed() }
    private static func big(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// Runs netprobe on the capture, or on the start of it.
    static func capture(_ arguments: String..., length: Int = .max) throws -> Shell.Finished {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/office.pcap"
        let file = try #require(fopen(path, "w"))
        let content = bytes.prefix(length)
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
        #expect(result.status == 64 && result.output == "")
        #expect(result.errors.contains("--samples are lines of CSV; allowed: --output csv, or none"))
        #expect(try Handshake.capture("--samples", "--output", "csv").status == 0)
    }

    @Test("a result that cannot be written is a failure that is said; a reader that went away is one without a word")
    func unwritten() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try TemporaryFolder.overwrite(folder.path + "/office.pcap", bytes: Handshake.bytes)
        let command = "'\(try NetprobeBinary.path())' capture '\(folder.path)/office.pcap'"
        let full = try Shell.run("sh", "-c", "\(command) 2>&1 > /dev/full; echo $?")
        #expect(full == "netprobe: standard output: No space left on device\n1\n")
        let gone = try Shell.run("bash", "-c", "trap '' PIPE; exec 3> >(true); wait $!; \(command) 2>&1 >&3; echo $?")
        #expect(gone == "1\n")
    }
}
