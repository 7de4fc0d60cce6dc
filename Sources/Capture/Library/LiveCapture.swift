internal import CPcap
internal import Glibc

/// An interface, captured by libpcap with the kernel's or the adapter's stamps in nanoseconds.
struct LiveCapture {
    let handle: PcapHandle
    /// Who stamps the packets: `host` or `adapter`.
    let clock: String

    /// Bytes kept of each packet: every header that is followed, and the start of a DNS message.
    private static let snapshotLength: Int32 = 512

    /// - Parameters:
    ///   - bufferBytes: of the kernel's ring.
    ///   - blockMilliseconds: packets are delivered in blocks, at the latest after this time; their stamps are those of
    ///     arrival.
    /// - Throws: `absent` for an interface that is missing or down, `privilege`, `filter`.
    init(
        interface: String,
        filter: String?,
        bufferBytes: Int32 = 64 << 20,
        blockMilliseconds: Int32 = 50
    ) throws(CaptureError) {
        func open(mayUseAdapter: Bool) throws(CaptureError) -> (OpaquePointer, String) {
            var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
            guard let handle = unsafe pcap_create(interface, &message) else {
                throw CaptureError(.absent, source: interface, reason: Self.text(message))
            }
            unsafe pcap_set_snaplen(handle, Self.snapshotLength)
            unsafe pcap_set_promisc(handle, 1)
            unsafe pcap_set_timeout(handle, blockMilliseconds)
            unsafe pcap_set_buffer_size(handle, bufferBytes)
            unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
            let clock = mayUseAdapter ? unsafe Self.chooseClock(handle) : "host"
            let status = unsafe pcap_activate(handle)
            if status >= 0 { return unsafe (handle, clock) }
            let failure = unsafe Self.failure(handle, status, interface)
            unsafe pcap_close(handle)
            // The adapter's clock may need a privilege (CAP_NET_ADMIN) that the capture itself does not.
            guard clock == "adapter" else { throw failure }
            return try unsafe open(mayUseAdapter: false)
        }
        let (handle, clock) = try unsafe open(mayUseAdapter: true)
        self.clock = clock
        unsafe self.handle = PcapHandle(handle, source: interface)
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
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
