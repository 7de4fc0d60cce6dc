internal import Wire

/// The packets of a classic pcap file, out of pieces of it.
struct PcapRecords {
    let header: PcapHeader
    /// Whether somebody has cut the file short since it was opened: the rest of its last page then reads as zeros.
    var isCut: () -> Bool = { false }

    /// Hands every whole packet of `piece` to `analysis`.
    /// - Parameter position: where in `piece` the first record starts; afterwards where the one starts that is not whole.
    func read(
        _ piece: RawSpan,
        from position: inout Int,
        into analysis: inout CaptureAnalysis,
        filter: PacketFilter?
    ) -> PieceEnd {
        // Each kind of file has a loop of its own, so that no packet asks.
        switch (header.isSwapped, header.link == .ethernet) {
        case (false, true): loop(piece, &position, &analysis, filter, isSwapped: false, link: .ethernet)
        case (false, false): loop(piece, &position, &analysis, filter, isSwapped: false, link: header.link)
        case (true, _): loop(piece, &position, &analysis, filter, isSwapped: true, link: header.link)
        }
    }

    @inline(__always)
    private func loop(
        _ piece: RawSpan,
        _ position: inout Int,
        _ analysis: inout CaptureAnalysis,
        _ filter: PacketFilter?,
        isSwapped: Bool,
        link: LinkType
    ) -> PieceEnd {
        let fraction = header.fraction
        let snapshot = header.snapshotLength == 0 ? PcapHeader.maximumPacket : header.snapshotLength
        while piece.byteCount &- position >= PcapHeader.recordLength {
            let captured = Self.load(piece, position &+ 8, isSwapped)
            guard captured <= PcapHeader.maximumPacket else {
                return .damaged(after: 8, reason: "a packet of \(captured) bytes cannot be")
            }
            if captured == 0, Self.load(piece, position, isSwapped) == 0, isCut() {
                return .incomplete(needed: PcapHeader.recordLength)
            }
            let start = position &+ PcapHeader.recordLength
            let end = start &+ Int(captured)
            guard end <= piece.byteCount else { return .incomplete(needed: end &- position) }
            let time = PcapHeader.time(
                seconds: Int64(Self.load(piece, position, isSwapped)),
                nanoseconds: Int64(Self.load(piece, position &+ 4, isSwapped)) &* fraction
            )
            let wire = Int(Self.load(piece, position &+ 12, isSwapped))
            let kept = captured > snapshot ? start &+ Int(snapshot) : end
            analysis.take(piece.extracting(start..<kept), wireLength: wire, time: time, link: link, filter: filter)
            position = end
        }
        return .incomplete(needed: PcapHeader.recordLength)
    }

    @inline(__always)
    private static func load(_ piece: RawSpan, _ offset: Int, _ isSwapped: Bool) -> UInt32 {
        let value = piece.littleEndian32(at: offset)
        return isSwapped ? value.byteSwapped : value
    }
}
