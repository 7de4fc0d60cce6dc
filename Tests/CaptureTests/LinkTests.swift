import Flows
import TestSupport
import Testing

@testable import Capture

@Suite("link types and times that a file does not have", .onOwnThread)
struct LinkTests {
    private func read(_ bytes: [UInt8], filter: String? = nil) throws -> (recording: Recording, path: String) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/a.pcap"
        try TemporaryFolder.overwrite(path, bytes: bytes)
        return (Recording(path, filter: filter), path)
    }

    @Test(
        "a link type that is not followed is named with its place, and its packets are counted",
        arguments: [nil, "tcp"]
    )
    func unknown(filter: String?) throws {
        let (recording, path) = try read(CaptureFile.pcap(link: 147), filter: filter)
        #expect(recording.failures.map(\.description) == ["\(path): link type 147 is not followed at byte 20"])
        #expect(recording.failures.first?.kind == .input)
        #expect(recording.packets == 3)
    }

    @Test("in pcapng it is where no packet can be followed; others beside it are read")
    func unknownInterface() throws {
        let (_, packet) = CaptureFile.handshake[0]
        let alone = CaptureFile.pcapng(CaptureFile.interface(link: 189), CaptureFile.enhanced(packet, at: 5))
        let (recording, path) = try read(alone)
        #expect(
            recording.failures.map(\.description) == ["\(path): link type 189 (usb-linux) is not followed at byte 36"]
        )
        let beside = CaptureFile.pcapng(
            CaptureFile.interface(),
            CaptureFile.interface(link: 189),
            CaptureFile.enhanced(packet, at: 5)
        )
        #expect(try read(beside).recording.failures.isEmpty)
    }

    @Test("a good filter that a link type has no words for is a matter of the file, a bad one of the user")
    func filters() throws {
        let good = try read(CaptureFile.pcap(link: 239), filter: "tcp").recording.failures.first
        #expect(good?.kind == .input && good?.offset == 20)
        #expect(good?.reason.contains("nflog") == true)
        #expect(try read(CaptureFile.pcap(), filter: "tcp prot 5").recording.failures.first?.kind == .filter)
        let section = CaptureFile.pcapng(CaptureFile.interface(link: 239))
        let interface = try read(section, filter: "tcp").recording.failures.first
        #expect(interface?.kind == .input && interface?.offset == 28)
    }

    @Test("packets without a time are counted; they give no round trip, no first time and no last")
    func untimed() throws {
        let packets = CaptureFile.handshake.map(\.packet)
        let (alone, _) = try read(
            CaptureFile.pcapng(CaptureFile.interface(), CaptureFile.simple(packets[0]), CaptureFile.simple(packets[1]))
        )
        #expect(alone.packets == 2 && alone.samples.isEmpty && alone.first > alone.last)
        #expect(alone.json.contains("\"first_time_ns\":null") && alone.json.contains("\"packets_without_time\":2"))
        let (mixed, _) = try read(
            CaptureFile.pcapng(
                CaptureFile.interface(),
                CaptureFile.enhanced(packets[0], at: 1_000_000),
                CaptureFile.simple(packets[2]),
                CaptureFile.enhanced(packets[1], at: 1_050_000)
            )
        )
        #expect(mixed.packets == 3 && mixed.first == 1_000_000_000 && mixed.last == 1_050_000_000)
        #expect(mixed.samples.keys.sorted() == [3])
        #expect(mixed.samples[3]?.first?.roundTrip == 50_000_000)
    }
}
