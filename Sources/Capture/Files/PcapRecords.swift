internal import CMemory
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
        defer { analysis.flush(piece) }
        // Each byte order has a loop of its own, so that no packet asks.
        return header.isSwapped
            ? loop(Swapped.self, piece, &position, &analysis, filter)
            : loop(Native.self, piece, &position, &analysis, filter)
    }

    private func loop<Order: RecordOrder>(
        _: Order.Type,
        _ piece: RawSpan,
        _ position: inout Int,
        _ analysis: inout CaptureAnalysis,
        _ filter: PacketFilter?
    ) -> PieceEnd {
        let (fraction, link) = (header.fraction, header.link)
        let base = unsafe piece.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        let snapshot = header.snapshotLength == 0 ? PcapHeader.maximumPacket : header.snapshotLength
        while piece.byteCount &- position >= PcapHeader.recordLength {
            let lengths = Order.words(piece, position &+ 8)
            let captured = UInt32(truncatingIfNeeded: lengths)
            guard captured <= PcapHeader.maximumPacket else {
                return .damaged(after: 8, reason: "a packet of \(captured) bytes cannot be")
            }
            let stamp = Order.words(piece, position)
            if captured == 0, isGone(stamp) { return .incomplete(needed: PcapHeader.recordLength) }
            let start = position &+ PcapHeader.recordLength
            let end = start &+ Int(captured)
            guard end <= piece.byteCount else { return .incomplete(needed: end &- position) }
            let time = PcapHeader.time(
                seconds: Int64(truncatingIfNeeded: stamp & 0xFFFF_FFFF),
                nanoseconds: Int64(truncatingIfNeeded: stamp >> 32) &* fraction
            )
            let wire = Int(truncatingIfNeeded: lengths >> 32)
            let kept = captured > snapshot ? start &+ Int(snapshot) : end
            Self.askAhead(of: base &+ UInt(bitPattern: position), next: base &+ UInt(bitPattern: end))
            analysis.take(piece, from: start, to: kept, wireLength: wire, time: time, link: link, filter: filter)
            position = end
        }
        return .incomplete(needed: PcapHeader.recordLength)
    }

    /// Whether a packet without bytes is what reads as zeros behind the cut.
    @inline(never)
    private func isGone(_ stamp: UInt64) -> Bool { stamp == 0 && isCut() }

    /// Asks for the memory of packets to come: their headers lie where the processor does not guess. Of short packets all that
    /// lies some way on is read soon; of long ones the most is payload that nobody reads, so that the next header alone counts.
    @inline(__always)
    private static func askAhead(of address: UInt, next: UInt) {
        guard next &- address <= longest else {
            netprobe_prefetch(next)
            return netprobe_prefetch(next &+ 64)
        }
        let start = address &+ distance
        netprobe_prefetch(start)
        netprobe_prefetch(start &+ 64)
        netprobe_prefetch(start &+ 128)
        netprobe_prefetch(start &+ 192)
    }

    private static var distance: UInt { 4096 }
    private static var longest: UInt { 512 }

    /// Which byte comes first in the numbers of a file.
    private protocol RecordOrder {
        /// Two numbers of a record's header, the first in the lower half.
        static func words(_ piece: RawSpan, _ offset: Int) -> UInt64
    }

    private enum Native: RecordOrder {
        @inline(__always)
        static func words(_ piece: RawSpan, _ offset: Int) -> UInt64 {
            UInt64(littleEndian: unsafe piece.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
    }

    private enum Swapped: RecordOrder {
        @inline(__always)
        static func words(_ piece: RawSpan, _ offset: Int) -> UInt64 {
            let value = Native.words(piece, offset).byteSwapped
            return value >> 32 | value << 32
        }
    }
}
