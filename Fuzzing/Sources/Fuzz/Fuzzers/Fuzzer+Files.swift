import CPcap
import Capture
import Flows
import Glibc
import Wire

extension Fuzzer {
    /// A capture file as it lies on the disk. Where libpcap reads all of it, so must we, with the same packets.
    static let files = Fuzzer(name: "files", seeds: CaptureFile.samples) { bytes in
        CaptureFile.write(bytes)
        var flows = FlowEngineOptions()
        flows.maximumFlows = 16
        var session = CaptureSession(
            CaptureOptions(sources: [CaptureFile.path], flows: flows),
            cancellation: CaptureCancellation()
        )
        session.run(sample: { _ in }, progress: { _ in })
        for failure in session.failures {
            require(!failure.description.isEmpty, "a failure says what and where")
        }
        // libpcap does not look at the second length of the first section header; Wireshark does, and so do we.
        guard !CaptureFile.beginsWithUnequalLengths(bytes), let packets = CaptureFile.countByLibrary() else { return }
        // Where no packet can be followed that is said, although all of them were read.
        let isUnknown =
            session.analysis.engine.totals[.unknownLink] == packets
            && session.failures.allSatisfy { $0.description.contains(" is not followed") }
        require(session.failures.isEmpty || isUnknown, "what libpcap reads is read")
        require(session.analysis.frames == packets, "no packet is lost or invented")
    }
}

/// The file that a fuzzer's input becomes, in memory.
enum CaptureFile {
    static let path = "/dev/shm/netprobe-fuzz-\(getpid())"

    static func write(_ bytes: RawSpan) {
        guard let file = unsafe fopen(path, "wb") else { return }
        // The bytes live as long as this call.
        _ = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        unsafe fclose(file)
    }

    /// The first block of a pcapng file ends with another length than it begins with.
    static func beginsWithUnequalLengths(_ bytes: RawSpan) -> Bool {
        func word(_ offset: Int) -> UInt32 { unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self) }
        guard bytes.byteCount >= 28, word(0) == 0x0A0D_0D0A else { return false }
        let length = Int(word(8) == 0x1A2B_3C4D ? word(4) : word(4).byteSwapped)
        return length >= 28 && length <= bytes.byteCount && word(4) != word(length - 4)
    }

    /// - Returns: nil where libpcap opens no capture or does not come to its end.
    static func countByLibrary() -> UInt64? {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_open_offline(path, &message) else { return nil }
        defer { unsafe pcap_close(handle) }
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        var count: UInt64 = 0
        while true {
            switch unsafe pcap_next_ex(handle, &header, &data) {
            case 1: count += 1
            case PCAP_ERROR_BREAK: return count
            default: return nil
            }
        }
    }

    private static let packet = hex("020000000001 020000000002 0806") + ARPPackets.request

    /// One packet in each format that is read without libpcap, in both byte orders.
    static let samples: [[UInt8]] = [
        hex(
            "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000 00000001 40420f00 2a000000 2a000000"
        )
            + packet,
        hex(
            "4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000 00000001 40420f00 2a000000 2a000000"
        )
            + packet,
        hex(
            "a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001 01000000 000f4240 0000002a 0000002a"
        )
            + packet,
        // Section header, interface with a resolution, enhanced packet (draft-ietf-opsawg-pcapng §4).
        hex("0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000")
            + hex("01000000 20000000 0100 0000 00000400 0900 0100 09000000 0000 0000 20000000")
            + hex("06000000 4c000000 00000000 00000000 40420f00 2a000000 2a000000") + packet
            + hex("0000 4c000000"),
    ]
}
