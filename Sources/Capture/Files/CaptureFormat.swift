/// What a file is, by its first bytes.
enum CaptureFormat: Equatable {
    case pcap(PcapHeader)
    case pcapng
    /// Compressed by gzip, or no file at all.
    case stream
    /// What libpcap may know.
    case other

    init(_ start: RawSpan) {
        if let header = PcapHeader(decoding: start) {
            self = .pcap(header)
        } else if start.byteCount >= 4, start.littleEndian32(at: 0) == PcapngBlocks.sectionHeader {
            self = .pcapng
        } else {
            self = .other
        }
    }
}

extension RegularFile {
    func format(_ source: String) throws(CaptureError) -> CaptureFormat {
        guard size >= 4 else { return size == 0 ? .stream : .other }
        return try withPiece(from: 0, source: source, limit: PcapHeader.length) { piece in
            piece.byte(at: 0) == 0x1F && piece.byte(at: 1) == 0x8B ? .stream : CaptureFormat(piece)
        }
    }
}
