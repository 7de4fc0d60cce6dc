import Flows
import Glibc
import TestSupport
import Testing
import Wire

@testable import Capture

/// What a reader says of a file.
private struct Facts: Equatable, CustomStringConvertible {
    var packets: UInt64
    var bytes: UInt64
    var first: Int64
    var last: Int64

    var description: String { "\(packets) packets, \(bytes) bytes, \(first) to \(last)" }

    init(_ recording: Recording) {
        (packets, bytes) = (recording.packets, recording.bytes)
        (first, last) = (recording.first, recording.last)
    }

    init(_ totals: FlowTotals) {
        (packets, bytes) = (totals.packets, totals.bytes)
        (first, last) = (totals.firstTime, totals.lastTime)
    }

    /// Of `capinfos -T -r -c -d -a -e -S -M`.
    init?(capinfos text: String) {
        let fields = text.split(separator: "\t", omittingEmptySubsequences: false).map {
            $0.filter { !$0.isNewline }
        }
        guard fields.count >= 5, let packets = UInt64(fields[1]), let bytes = UInt64(fields[2]) else { return nil }
        (self.packets, self.bytes) = (packets, bytes)
        first = FieldTable.nanoseconds(fields[3][...]) ?? .max
        last = FieldTable.nanoseconds(fields[4][...]) ?? .min
    }
}

@Suite("readers of capture files", .onOwnThread)
struct ReaderTests {
    /// Fractions of a second beyond a second, which Wireshark lets overflow or shows as they are.
    private static let impossibleTimes: Set<String> = ["bad_ts_micro", "bad_ts_nano", "bad_fuzz_ndpi2"]

    @Test("packets, bytes, first and last time are those of capinfos, for damaged files too")
    func capinfos() throws {
        guard Corpus.isThere, Requirement.met(.program("capinfos", package: "wireshark-common")) else { return }
        for entry in try Corpus.entries() where !Self.impossibleTimes.contains(entry.stem) {
            let text = try Shell.run("sh", "-c", "capinfos -T -r -c -d -a -e -S -M '\(entry.path)' 2>/dev/null || true")
            let theirs = try #require(Facts(capinfos: text), "\(entry.name): \(text)")
            #expect(Facts(Recording(entry.path)) == theirs, "\(entry.name)")
        }
    }

    @Test("packets and link type are those of the index")
    func index() throws {
        guard Corpus.isThere else { return }
        for entry in try Corpus.entries() {
            let recording = Recording(entry.path)
            #expect(recording.packets == entry.packets, "\(entry.name)")
            #expect(recording.links.contains(entry.link), "\(entry.name): \(recording.links), not \(entry.link)")
        }
    }

    private static func recording(_ bytes: [UInt8]) throws -> Recording {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try TemporaryFolder.overwrite(folder.path + "/a.pcapng", bytes: bytes)
        return Recording(folder.path + "/a.pcapng")
    }

    @Test(
        "a block of pcapng that ends with another length than it begins with is damage, and what stands before it counts"
    )
    func lengths() throws {
        var bytes = CaptureFile.guards(numbers: [1, 2, 6, 5])
        #expect(try Self.recording(bytes).packets == 7)
        bytes[bytes.count - 4] += 4
        let damaged = try Self.recording(bytes)
        #expect(damaged.packets == 6)
        let failure = try #require(damaged.failures.first).description
        #expect(
            failure.hasSuffix("a block of 100 bytes ends with another length at byte \(bytes.count - 4)"),
            "\(failure)"
        )
    }

    @Test("a section of a version that does not exist yet is refused")
    func version() throws {
        var bytes = CaptureFile.guards(numbers: [1])
        bytes[12] = 3
        let refused = try Self.recording(bytes)
        #expect(refused.packets == 0)
        #expect(refused.failures.first?.description.contains("version 3 of pcapng") == true)
    }

    @Test("libpcap finds the same packets in every file that it reads")
    func library() throws {
        guard Corpus.isThere else { return }
        var compared = 0
        for entry in try Corpus.entries() {
            guard let handle = try? LibraryFile.open(entry.path) else { continue }
            var analysis = CaptureAnalysis(FlowEngineOptions())
            do {
                while try handle.next(into: &analysis, filter: nil) == .packet {}
            } catch {
                // Damaged at the same place: compared up to there. Of interfaces that differ libpcap reads the first.
                guard !Recording(entry.path).failures.isEmpty else { continue }
            }
            #expect(Facts(analysis.engine.totals) == Facts(Recording(entry.path)), "\(entry.name)")
            compared += 1
        }
        #expect(compared > 60)
    }

    @Test("a filter takes the same packets whichever way a file is read")
    func filter() throws {
        guard Corpus.isThere else { return }
        let path = Corpus.folder + "/corpus/tcp_ts_web_example.pcap"
        let tcp = Recording(path, filter: "tcp")
        let other = Recording(path, filter: "not tcp")
        #expect(tcp.packets + other.packets == Recording(path).packets)
        #expect(tcp.packets > 1000 && other.packets > 10)
    }
}

@Suite("damaged capture files", .onOwnThread)
struct DamagedFileTests {
    /// A file of one packet of four bytes.
    private static func pcap(_ magic: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1], extra: [UInt8] = []) -> [UInt8] {
        magic + [2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]
            + [1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 60, 0, 0, 0, 9, 9, 9, 9] + extra
    }

    private func read(_ bytes: [UInt8]) throws -> Recording {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/a.pcap"
        let file = try #require(fopen(path, "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        return Recording(path)
    }

    @Test("a whole file has no failure, and its microseconds and nanoseconds are told apart")
    func whole() throws {
        let micro = try read(Self.pcap())
        #expect(micro.failures.isEmpty && micro.packets == 1 && micro.bytes == 60 && micro.first == 1_000_002_000)
        #expect(try read(Self.pcap([0x4D, 0x3C, 0xB2, 0xA1])).first == 1_000_000_002)
    }

    @Test("every shorter file gives what is whole and says where it ends", arguments: [25, 30, 41, 43])
    func cut(length: Int) throws {
        let recording = try read(Array(Self.pcap()[..<length]))
        #expect(recording.packets == 0)
        let failure = try #require(recording.failures.first)
        #expect(failure.kind == .input && failure.offset == length)
        #expect(failure.description.contains("ends in the middle of a packet"))
    }

    @Test("a length that cannot be is named with its place, after what came before")
    func impossible() throws {
        let bad: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]
        let recording = try read(Self.pcap(extra: bad))
        #expect(recording.packets == 1)
        #expect(recording.failures.first?.offset == 52)
        #expect(recording.failures.first?.reason == "a packet of 4294967295 bytes cannot be")
    }

    @Test("what is no capture, an empty file, and a file that is not there are told apart")
    func notACapture() throws {
        #expect(try read(Array("root:x:0:0:root:/root:/bin/bash".utf8)).failures.first?.kind == .input)
        #expect(try read([]).failures.first?.kind == .input)
        #expect(Recording("/nonexistent/file").failures.first?.kind == .absent)
    }

    @Test("random changes of a pcapng file trap nothing")
    func pcapng() throws {
        guard Corpus.isThere else { return }
        let original = try Repository.bytes(of: Corpus.folder + "/corpus/latency1.pcapng")
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var changed = original
            for _ in 0..<4 { changed[Int.random(in: 0..<changed.count, using: &generator)] = .random(in: 0...255) }
            _ = try read(Array(changed.prefix(Int.random(in: 0...changed.count, using: &generator))))
        }
    }
}
