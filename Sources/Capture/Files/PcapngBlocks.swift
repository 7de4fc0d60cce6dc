internal import Wire

/// The packets of a pcapng file, out of pieces of it (draft-ietf-opsawg-pcapng).
struct PcapngBlocks {
    private var isSwapped = false
    private var interfaces: [PcapngInterface] = []
    /// In the order of their first interface.
    private(set) var links: [LinkType] = []
    private let filter: String?
    /// By link type: a file may describe the same interface without end.
    private var filters: [LinkType: PacketFilter?] = [:]
    private let source: String
    /// Why a filter could not be made.
    private(set) var failure: CaptureError?
    /// The first interface with a link type that is not followed, by the place of that type in the file.
    private(set) var unknown: (link: LinkType, offset: Int)?
    /// Bytes of the file before the piece that is read.
    private var base = 0

    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    private static let maximumInterfaces = 1 << 16
    /// Of a block that must be read whole.
    private static let maximumBlock: UInt32 = 1 << 20

    init(filter: String?, source: String) {
        self.filter = filter
        self.source = source
    }

    /// Hands every packet of the whole blocks to `analysis` and moves `position` behind them.
    mutating func read(
        _ piece: RawSpan,
        from position: inout Int,
        into analysis: inout CaptureAnalysis
    ) -> PieceEnd {
        base -= position
        defer {
            base += position
            analysis.flush(piece)
        }
        while piece.byteCount &- position >= 12 {
            let type = load32(piece, position)
            if type == Self.sectionHeader {
                if let damage = startSection(piece, position) { return damage }
            }
            let length = load32(piece, position &+ 4)
            guard length >= 12, length % 4 == 0 else {
                return .damaged(after: 4, reason: "a block of \(length) bytes cannot be")
            }
            let end = position &+ Int(length)
            let isRead = type == 6 || type == 1 || type == 3 || type == 2
            guard isRead || type == Self.sectionHeader else {
                // Names, statistics, comments: nothing of them is needed, however long they are.
                if end <= piece.byteCount, let damage = mismatch(piece, position, end, type) { return damage }
                position = end
                continue
            }
            guard length <= Self.maximumBlock else {
                return .damaged(after: 4, reason: "a block of \(length) bytes cannot be")
            }
            guard end <= piece.byteCount else { return .incomplete(needed: Int(length)) }
            if let damage = mismatch(piece, position, end, type) { return damage }
            if let reason = take(type, piece, position &+ 8, end &- 4, &analysis) {
                return .damaged(after: 0, reason: reason)
            }
            position = end
        }
        return .incomplete(needed: 12)
    }

    /// What a whole block says twice must be the same, and a section must be of the version that is known.
    private func mismatch(_ piece: RawSpan, _ position: Int, _ end: Int, _ type: UInt32) -> PieceEnd? {
        let length = end &- position
        guard load32(piece, end &- 4) == UInt32(truncatingIfNeeded: length) else {
            return .damaged(after: length &- 4, reason: "a block of \(length) bytes ends with another length")
        }
        guard type == Self.sectionHeader else { return nil }
        guard length >= 28 else { return .damaged(after: 4, reason: "a section of \(length) bytes cannot be") }
        let major = load16(piece, position &+ 12)
        return major == 1 ? nil : .damaged(after: 12, reason: "version \(major) of pcapng is unknown")
    }

    private mutating func startSection(_ piece: RawSpan, _ position: Int) -> PieceEnd? {
        switch piece.littleEndian32(at: position &+ 8) {
        case 0x1A2B_3C4D: isSwapped = false
        case 0x4D3C_2B1A: isSwapped = true
        default: return .damaged(after: 8, reason: "a section without byte order")
        }
        interfaces.removeAll()
        return nil
    }

    /// - Returns: why the block cannot be; nil where it can.
    @inline(__always)
    private mutating func take(
        _ type: UInt32,
        _ piece: RawSpan,
        _ start: Int,
        _ end: Int,
        _ analysis: inout CaptureAnalysis
    ) -> String? {
        let body = piece.extracting(start..<end)
        switch type {
        case 6:
            guard body.byteCount >= 20 else { return "a packet block that is too short" }
            return packet(
                piece,
                interface: Int(load32(body, 0)),
                high: load32(body, 4),
                low: load32(body, 8),
                captured: load32(body, 12),
                wire: load32(body, 16),
                from: start &+ 20,
                to: end,
                &analysis
            )
        case 2:
            guard body.byteCount >= 20 else { return "a packet block that is too short" }
            return packet(
                piece,
                interface: Int(load16(body, 0)),
                high: load32(body, 4),
                low: load32(body, 8),
                captured: load32(body, 12),
                wire: load32(body, 16),
                from: start &+ 20,
                to: end,
                &analysis
            )
        case 3:
            guard body.byteCount >= 4, let first = interfaces.first else { return "a packet without interface" }
            let wire = load32(body, 0)
            let limit = first.snapshotLength == 0 ? UInt32.max : first.snapshotLength
            let captured = Int(min(wire, limit, UInt32(body.byteCount &- 4)))
            analysis.takeUntimed(
                piece.extracting(start &+ 4..<start &+ 4 &+ captured),
                wireLength: Int(wire),
                link: first.link,
                filter: first.filter
            )
            return nil
        case 1: return addInterface(body, at: base + start)
        default: return nil
        }
    }

    private func packet(
        _ piece: RawSpan,
        interface index: Int,
        high: UInt32,
        low: UInt32,
        captured: UInt32,
        wire: UInt32,
        from start: Int,
        to end: Int,
        _ analysis: inout CaptureAnalysis
    ) -> String? {
        guard index < interfaces.count else { return "a packet of interface \(index), which is not described" }
        guard Int(captured) <= end &- start else { return "a packet longer than its block" }
        let interface = interfaces[index]
        analysis.take(
            piece,
            from: start,
            to: start &+ Int(captured),
            wireLength: Int(wire),
            time: interface.time(high, low),
            link: interface.link,
            filter: interface.filter
        )
        return nil
    }

    /// - Parameter place: where `body` starts in the file.
    private mutating func addInterface(_ body: RawSpan, at place: Int) -> String? {
        guard body.byteCount >= 8 else { return "an interface block that is too short" }
        guard interfaces.count < Self.maximumInterfaces else { return "too many interfaces" }
        var resolution: UInt8 = 6
        var offset: Int64 = 0
        var position = 8
        while body.byteCount &- position >= 4 {
            let (code, length) = (load16(body, position), Int(load16(body, position &+ 2)))
            guard code != 0, length <= body.byteCount &- position &- 4 else { break }
            if code == 9, length == 1 { resolution = body.byte(at: position &+ 4) }
            if code == 14, length == 8 {
                let words = (load32(body, position &+ 4), load32(body, position &+ 8))
                let value =
                    isSwapped ? UInt64(words.0) << 32 | UInt64(words.1) : UInt64(words.1) << 32 | UInt64(words.0)
                offset = Int64(bitPattern: value)
            }
            position &+= 4 &+ (length &+ 3) & ~3
        }
        let link = LinkType(dataLink: Int32(load16(body, 0)))
        if unknown == nil, !link.isKnown { unknown = (link, place) }
        do {
            let filter = try filter(for: link)
            interfaces.append(
                PcapngInterface(
                    link: link,
                    snapshotLength: load32(body, 4),
                    resolution: resolution,
                    offset: offset,
                    filter: filter
                )
            )
        } catch {
            failure = error
            return error.reason
        }
        return nil
    }

    private mutating func filter(for link: LinkType) throws(CaptureError) -> PacketFilter? {
        if let known = filters[link] { return known }
        let filter = try PacketFilter.compile(filter, link: link, source: source, nil)
        filters[link] = .some(filter)
        links.append(link)
        return filter
    }

    @inline(__always)
    private func load32(_ bytes: RawSpan, _ offset: Int) -> UInt32 {
        let value = bytes.littleEndian32(at: offset)
        return isSwapped ? value.byteSwapped : value
    }

    private func load16(_ bytes: RawSpan, _ offset: Int) -> UInt16 {
        let value = UInt16(bytes.byte(at: offset)) | UInt16(bytes.byte(at: offset &+ 1)) << 8
        return isSwapped ? value.byteSwapped : value
    }
}

extension RawSpan {
    @inline(__always)
    func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
