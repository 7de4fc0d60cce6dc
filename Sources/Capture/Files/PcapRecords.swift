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
        var place = position
        defer { position = place }
        while piece.byteCount &- place >= PcapHeader.recordLength {
            let lengths = unsafe Order.words(piece, place &+ 8)
            let captured = UInt32(truncatingIfNeeded: lengths)
            guard captured <= PcapHeader.maximumPacket else {
                return .damaged(after: 8, reason: "a packet of \(captured) bytes cannot be")
            }
            let stamp = unsafe Order.words(piece, place)
            if captured == 0, isGone(stamp) { return .incomplete(needed: PcapHeader.recordLength) }
            let start = place &+ PcapHeader.recordLength
            let end = start &+ Int(captured)
            guard end <= piece.byteCount else { return .incomplete(needed: end &- place) }
            let time = PcapHeader.time(
                seconds: Int64(truncatingIfNeeded: stamp & 0xFFFF_FFFF),
                nanoseconds: Int64(truncatingIfNeeded: stamp >> 32) &* fraction
            )
            let wire = Int(truncatingIfNeeded: lengths >> 32)
            let kept = captured > snapshot ? start &+ Int(snapshot) : end
            Self.askAhead(of: base &+ UInt(bitPattern: place), next: base &+ UInt(bitPattern: end))
            analysis.take(piece, from: start, to: kept, wireLength: wire, time: time, link: link, filter: filter)
            place = end
        }
        return .incomplete(needed: PcapHeader.recordLength)
    }

    /// Whether a packet without bytes is what reads as zeros behind the cut.
    @inline(never)
    private func isGone(_ stamp: UInt64) -> Bool { stamp == 0 && isCut() }

    /// Asks for the memory of packets to come: their headers lie where the processor does not guess. Of short packets all that
    /// lies some way on is read soon; of long ones the most is payload that nobody reads, so that headers alone count: the next
    /// one, and the one behind it if that packet is as long, as the segments of a long answer are.
    @inline(__always)
    private static func askAhead(of address: UInt, next: UInt) {
        guard next &- address <= longest else {
            let second = next &+ (next &- address)
            netprobe_prefetch(next)
            netprobe_prefetch(next &+ 64)
            netprobe_prefetch(second)
            return netprobe_prefetch(second &+ 64)
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
        /// Two numbers of a record's header, the first in the lower half; the caller has seen that the header is whole.
        @unsafe static func words(_ piece: RawSpan, _ offset: Int) -> UInt64
    }

    private enum Native: RecordOrder {
        @unsafe @inline(__always)
        static func words(_ piece: RawSpan, _ offset: Int) -> UInt64 {
            UInt64(littleEndian: unsafe piece.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
        }
    }

    private enum Swapped: RecordOrder {
        @unsafe @inline(__always)
        static func words(_ piece: RawSpan, _ offset: Int) -> UInt64 {
            let value = unsafe Native.words(piece, offset).byteSwapped
            return value >> 32 | value << 32
        }
    }
}
