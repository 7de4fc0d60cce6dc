public import Wire

/// The header of a classic pcap file (draft-ietf-opsawg-pcap §4).
public struct PcapHeader: Sendable, Equatable {
    /// Numbers in the file stand in the byte order that this host does not have.
    public var isSwapped: Bool
    /// Nanoseconds in one unit of the fraction: 1 or 1000.
    public var fraction: Int64
    /// Packets are cut to this length; 0: not at all.
    public var snapshotLength: UInt32
    public var link: LinkType

    public static let length = 24
    /// Where the link type stands.
    static let linkOffset = 20
    /// What precedes a packet: seconds, fraction, captured length, length on the wire.
    static let recordLength = 16
    /// Longer packets are damage (libpcap's MAXIMUM_SNAPLEN).
    static let maximumPacket: UInt32 = 262_144

    /// Nanoseconds since the epoch. A fraction of a whole second is carried over; from two on it is damage, and the
    /// seconds alone are taken.
    @inline(__always)
    static func time(seconds: Int64, nanoseconds: Int64) -> Int64 {
        seconds &* 1_000_000_000 &+ (UInt64(bitPattern: nanoseconds) < 2_000_000_000 ? nanoseconds : 0)
    }

    /// - Returns: nil for another kind of file, and for old versions, which libpcap reads.
    public init?(decoding bytes: RawSpan) {
        guard bytes.byteCount >= Self.length else { return nil }
        switch bytes.littleEndian32(at: 0) {
        case 0xA1B2_C3D4: (isSwapped, fraction) = (false, 1000)
        case 0xA1B2_3C4D: (isSwapped, fraction) = (false, 1)
        case 0xD4C3_B2A1: (isSwapped, fraction) = (true, 1000)
        case 0x4D3C_B2A1: (isSwapped, fraction) = (true, 1)
        default: return nil
        }
        let version = bytes.littleEndian32(at: 4)
        guard (isSwapped ? version.byteSwapped >> 16 | version.byteSwapped << 16 : version) == 0x0004_0002 else {
            return nil
        }
        let snapshot = bytes.littleEndian32(at: 16)
        snapshotLength = isSwapped ? snapshot.byteSwapped : snapshot
        let type = bytes.littleEndian32(at: 20)
        // The upper bits tell of a frame check sequence.
        link = LinkType(dataLink: Int32(truncatingIfNeeded: (isSwapped ? type.byteSwapped : type) & 0x03FF_FFFF))
    }
}

extension RawSpan {
    @inline(__always)
    func littleEndian32(at offset: Int) -> UInt32 {
        UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
