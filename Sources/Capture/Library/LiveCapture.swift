internal import CPcap
internal import Glibc

/// An interface, captured by libpcap with the kernel's or the adapter's stamps in nanoseconds.
struct LiveCapture {
    let handle: PcapHandle
    /// Who stamps the packets: `host` or `adapter`.
    let clock: String

    /// Bytes kept of each packet: every header that is followed, and the start of a DNS message.
    private static let snapshotLength: Int32 = 512
    private static let bufferBytes: Int32 = 64 << 20
    /// Packets are delivered in blocks, at the latest after this many milliseconds; their stamps are those of arrival.
    private static let blockMilliseconds: Int32 = 50

    /// - Throws: `absent` for an interface that is missing or down, `privilege`, `filter`.
    init(interface: String, filter: String?) throws(CaptureError) {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_create(interface, &message) else {
            throw CaptureError(.absent, source: interface, reason: Self.text(message))
        }
        unsafe pcap_set_snaplen(handle, Self.snapshotLength)
        unsafe pcap_set_promisc(handle, 1)
        unsafe pcap_set_timeout(handle, Self.blockMilliseconds)
        unsafe pcap_set_buffer_size(handle, Self.bufferBytes)
        unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
        clock = unsafe Self.chooseClock(handle)
        let status = unsafe pcap_activate(handle)
        guard status >= 0 else {
            let failure = unsafe Self.failure(handle, status, interface)
            unsafe pcap_close(handle)
            throw failure
        }
        unsafe self.handle = PcapHandle(handle, source: interface)
        unsafe pcap_setnonblock(handle, 1, &message)
        guard let filter else { return }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, filter, 1, bpf_u_int32.max) == 0 else {
            let reason = unsafe String(cString: pcap_geterr(handle))
            throw CaptureError(.filter, source: interface, reason: "filter '\(filter)': \(reason)")
        }
        defer { unsafe pcap_freecode(&program) }
        guard unsafe pcap_setfilter(handle, &program) == 0 else { throw self.handle.failure() }
    }

    /// The adapter's clock where it is kept in step with the system's; else the kernel's.
    private static func chooseClock(_ handle: OpaquePointer) -> String {
        var types: UnsafeMutablePointer<Int32>?
        let count = unsafe pcap_list_tstamp_types(handle, &types)
        defer { if let types = unsafe types { unsafe pcap_free_tstamp_types(types) } }
        guard count > 0, let types = unsafe types else { return "host" }
        for index in 0..<Int(count) where unsafe types[index] == PCAP_TSTAMP_ADAPTER {
            if unsafe pcap_set_tstamp_type(handle, PCAP_TSTAMP_ADAPTER) == 0 { return "adapter" }
        }
        return "host"
    }

    private static func failure(_ handle: OpaquePointer, _ status: Int32, _ interface: String) -> CaptureError {
        let general = unsafe String(cString: pcap_statustostr(status))
        let detail = unsafe String(cString: pcap_geterr(handle))
        let reason = detail.isEmpty ? general : detail
        switch status {
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            return CaptureError(
                .privilege,
                source: interface,
                reason: "capturing needs the privilege CAP_NET_RAW (\(general))"
            )
        default: return CaptureError(.absent, source: interface, reason: reason)
        }
    }

    private static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
