internal import CPcap
internal import Glibc

/// Opens files for libpcap.
enum LibraryFile {
    /// - Throws: `absent`, `privilege`, or `input` for what is no capture file.
    static func open(_ path: String) throws(CaptureError) -> PcapHandle {
        guard let file = unsafe fopen(path, "rbe") else { throw RegularFile.failure(path, errno) }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        let handle = unsafe pcap_fopen_offline_with_tstamp_precision(file, UInt32(PCAP_TSTAMP_PRECISION_NANO), &message)
        guard let handle = unsafe handle else {
            unsafe fclose(file)
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw CaptureError(
                .input,
                source: path,
                reason: "no capture file: \(String(decoding: text, as: UTF8.self))",
                offset: 0
            )
        }
        return unsafe PcapHandle(handle, source: path)
    }
}
