internal import CPcap
internal import Glibc
internal import Wire

/// A capture that libpcap reads: a file of any kind that it knows, or an interface. Of one thread.
@safe
final class PcapHandle {
    private let handle: OpaquePointer
    let source: String
    let link: LinkType

    /// Takes over an open and, for an interface, activated handle.
    init(_ handle: OpaquePointer, source: String) {
        unsafe self.handle = handle
        self.source = source
        link = unsafe LinkType(dataLink: pcap_datalink(handle))
    }

    deinit { unsafe pcap_close(handle) }

    /// What `next` found.
    enum Turn {
        case packet
        /// Nothing yet, on an interface.
        case nothing
        case end
    }

    /// Hands the next packet to `analysis`.
    /// - Throws: `input` for a damaged file, `absent` for an interface that went away.
    func next(into analysis: inout CaptureAnalysis, filter: PacketFilter?) throws(CaptureError) -> Turn {
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        switch unsafe pcap_next_ex(handle, &header, &data) {
        case 1:
            guard let header = unsafe header, let data = unsafe data else { return .nothing }
            let information = unsafe header.pointee
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: Int(information.caplen))
            let time = PcapHeader.time(
                seconds: Int64(information.ts.tv_sec),
                nanoseconds: Int64(information.ts.tv_usec)
            )
            unsafe analysis.take(
                bytes.bytes,
                from: 0,
                to: bytes.count,
                wireLength: Int(information.len),
                time: time,
                link: link,
                filter: filter
            )
            // The bytes are there until the next packet only.
            unsafe analysis.flush(bytes.bytes)
            return .packet
        case 0: return .nothing
        case PCAP_ERROR_BREAK: return .end
        default: throw failure()
        }
    }

    /// The last error, with the place in the file where there is one.
    func failure() -> CaptureError {
        let reason = unsafe String(cString: pcap_geterr(handle))
        guard let file = unsafe pcap_file(handle) else { return CaptureError(.absent, source: source, reason: reason) }
        let place = unsafe ftell(file)
        return CaptureError(.input, source: source, reason: reason, offset: place >= 0 ? place : nil)
    }

    /// Where the next packet starts in the file; 0 for what has no places.
    var position: Int {
        guard let file = unsafe pcap_file(handle) else { return 0 }
        return unsafe max(0, ftell(file))
    }

    /// Packets that the kernel and the adapter dropped since the start; 0 for a file.
    var dropped: UInt64 {
        var statistics = pcap_stat()
        guard unsafe pcap_stats(handle, &statistics) == 0 else { return 0 }
        return UInt64(statistics.ps_drop) + UInt64(statistics.ps_ifdrop)
    }

    /// Becomes readable when packets wait; -1 for a file.
    var descriptor: Int32 { unsafe pcap_get_selectable_fd(handle) }
}
