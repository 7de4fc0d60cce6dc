internal import CPcap
internal import Glibc
internal import Wire

/// A compiled filter of pcap-filter(7), run in this process.
@safe
final class PacketFilter {
    private var program: bpf_program

    /// - Throws: `filter` with the words of libpcap where the filter is not in its language.
    private init(_ text: String, link: LinkType, snapshotLength: Int32 = 262_144, source: String) throws(CaptureError) {
        unsafe program = bpf_program()
        let type = link == .raw ? 12 : Int32(bitPattern: link.rawValue)
        guard let handle = unsafe pcap_open_dead(type, snapshotLength) else {
            throw CaptureError(.filter, source: source, reason: "no memory for the filter")
        }
        defer { unsafe pcap_close(handle) }
        guard unsafe pcap_compile(handle, &program, text, 1, bpf_u_int32.max) == 0 else {
            let reason = unsafe String(cString: pcap_geterr(handle))
            throw CaptureError(.filter, source: source, reason: "filter '\(text)': \(reason)")
        }
    }

    deinit {
        unsafe pcap_freecode(&program)
    }

    /// The filter for one link type; nil where every packet passes, and for a type of which none can be followed.
    /// - Parameter offset: where in the source the type stands.
    /// - Throws: `filter` where the text is not in the language, `input` where the language does not know the link type.
    static func compile(_ text: String?, link: LinkType, source: String, _ offset: Int?) throws(CaptureError)
        -> PacketFilter?
    {
        guard let text else { return nil }
        do {
            return try PacketFilter(text, link: link, source: source)
        } catch {
            // What is good for Ethernet is good.
            _ = try PacketFilter(text, link: .ethernet, source: source)
            guard link.isKnown else { return nil }
            throw CaptureError(
                .input,
                source: source,
                reason: "\(error.reason); for \(link.name) there is no such filter",
                offset: offset
            )
        }
    }

    /// Whether the packet passes.
    func accepts(_ bytes: RawSpan, wireLength: Int) -> Bool {
        // The machine only reads, and checks every access against the two lengths.
        unsafe bytes.withUnsafeBytes { buffer in
            let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe bpf_filter(
                program.bf_insns,
                start,
                UInt32(truncatingIfNeeded: wireLength),
                UInt32(truncatingIfNeeded: buffer.count)
            ) != 0
        }
    }
}
