import Flows
import Glibc
import Model
import TestSupport
import Testing

@testable import Capture

/// A pcap file of frames of 1,000 bytes.
private func pcap(packets: Int) -> [UInt8] {
    func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    var bytes = little(0xA1B2_C3D4) + [2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(1)
    let frame = [UInt8](repeating: 1, count: 12) + [0x88, 0xB5] + [UInt8](repeating: 0, count: 986)
    for number in 0..<packets {
        bytes += little(1_700_000_000 + UInt32(number)) + little(0) + little(1000) + little(1000) + frame
    }
    return bytes
}

@Suite("files that change while they are read", .onOwnThread)
struct CutFileTests {
    @Test("a file that is cut short is read up to there, and that is said; the program does not end")
    func cut() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // Three pieces; what is left after the cut ends in the middle of the second one.
        let path = folder.path + "/cut.pcap"
        try TemporaryFolder.overwrite(path, bytes: pcap(packets: 20_000))
        let left = 13_000 * 1016
        let options = CaptureOptions(sources: [path], filter: nil, flows: FlowEngineOptions())
        var session = CaptureSession(options, cancellation: CaptureCancellation())
        var turns = 0
        session.run {
            _ in
        } progress: { _ in
            turns += 1
            if turns == 1 { #expect(truncate(path, off_t(left)) == 0) }
        }
        let failure = try #require(session.failures.first)
        #expect(failure.description == "\(path): was cut short while it was read at byte \(left)")
        // The packet that the cut goes through may count; nothing behind it does.
        #expect((12_999...13_001).contains(session.analysis.frames))
    }

    @Test("a file that grows is read up to where it ended when it was opened")
    func grown() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/grown.pcap"
        let bytes = pcap(packets: 20_000)
        try TemporaryFolder.overwrite(path, bytes: bytes)
        let options = CaptureOptions(sources: [path], filter: nil, flows: FlowEngineOptions())
        var session = CaptureSession(options, cancellation: CaptureCancellation())
        var isGrown = false
        session.run {
            _ in
        } progress: { _ in
            if !isGrown { #expect(truncate(path, off_t(bytes.count + 1_000_000)) == 0) }
            isGrown = true
        }
        #expect(session.failures.isEmpty && session.analysis.frames == 20_000)
    }
}
