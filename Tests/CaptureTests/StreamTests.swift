import CZlib
import Flows
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Capture

/// Something that happened on another thread.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

@Suite("captures that come as they come", .onOwnThread)
struct StreamTests {
    private func session(_ path: String, _ cancellation: CaptureCancellation = CaptureCancellation()) -> CaptureSession
    {
        var flows = FlowEngineOptions()
        flows.collectsSamples = true
        return CaptureSession(CaptureOptions(sources: [path], flows: flows), cancellation: cancellation)
    }

    @Test("of a pipe that goes quiet every sample is given as it is found, and it can be ended")
    func quiet() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let cancellation = CaptureCancellation()
        let (isOver, hasClosed) = (Flag(), Flag())
        Thread.detach {
            // Waits for the reader.
            let pipe = open(path, O_WRONLY)
            let bytes = CaptureFile.pcap() + [0, 0, 0]
            _ = bytes.withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) }
            // Long enough to tell that nobody waited for its end.
            var left = 1000
            while left > 0, !isOver.isSet {
                Thread.sleep(.milliseconds(20))
                left -= 1
            }
            if left == 0 { hasClosed.set() }
            close(pipe)
        }
        var methods: [SampleMethod] = []
        var session = session(path, cancellation)
        session.run {
            methods.append($0.method)
        } progress: { _ in
            if methods.count == 3 { cancellation.cancel() }
        }
        #expect(!hasClosed.isSet)
        isOver.set()
        #expect(methods == [.handshakeServer, .handshake, .handshakeClient])
        #expect(session.failures.isEmpty && session.analysis.frames == 3)
    }

    @Test("a pipe that nobody writes to can be ended")
    func silent() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let cancellation = CaptureCancellation()
        Thread.detach {
            Thread.sleep(.milliseconds(100))
            cancellation.cancel()
        }
        var session = CaptureSession(
            CaptureOptions(sources: [path], flows: FlowEngineOptions()),
            cancellation: cancellation
        )
        session.run { _ in
        } progress: { _ in
        }
        #expect(session.failures.isEmpty && session.analysis.frames == 0)
    }

    /// One stream of gzip (RFC 1952), of one block that is not compressed (RFC 1951 §3.2.4).
    private func gzip(_ bytes: [UInt8]) -> [UInt8] {
        func little(_ value: UInt32, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
        }
        let sum = bytes.withUnsafeBytes {
            crc32(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32($0.count))
        }
        let length = UInt32(bytes.count)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(length, 2) + little(~length & 0xFFFF, 2) + bytes
            + little(UInt32(truncatingIfNeeded: sum), 4) + little(length, 4)
    }

    private func read(_ bytes: [UInt8]) throws -> Recording {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try TemporaryFolder.overwrite(folder.path + "/a.pcap.gz", bytes: bytes)
        return Recording(folder.path + "/a.pcap.gz")
    }

    @Test("streams of gzip may follow one another, and what follows them is of no interest")
    func compressed() throws {
        let file = CaptureFile.pcap()
        let recording = try read(gzip(Array(file[..<50])) + gzip(Array(file[50...])) + [0, 0, 0])
        #expect(recording.failures.isEmpty && recording.packets == 3)
    }

    @Test("of a compressed file that ends too soon, or is damaged, what came before counts")
    func damaged() throws {
        let whole = gzip(CaptureFile.pcap())
        let short = try read(Array(whole.dropLast(6)))
        #expect(short.packets == 3 && short.failures.first?.kind == .input)
        #expect(short.failures.first?.reason == "unexpected end of the compressed data")
        var changed = whole
        changed[whole.count - 6] ^= 1
        let wrong = try read(changed)
        #expect(wrong.packets == 3 && wrong.failures.first?.kind == .input)
    }
}
