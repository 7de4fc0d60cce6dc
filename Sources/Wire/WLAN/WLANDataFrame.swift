/// An IEEE 802.11 data frame (IEEE Std 802.11 §9.3.2), down to what it carries.
public struct WLANDataFrame: Hashable, Sendable {
    public var source: MACAddress
    public var destination: MACAddress
    /// Between two stations of the distribution system: four addresses.
    public var isRelayed: Bool
    public var isRetry: Bool
    /// Traffic identifier of a QoS frame, 0 to 15.
    public var priority: UInt8?
    /// Where the LLC header starts.
    public var payloadOffset: Int
    /// Where the payload ends: before the checksum, where there is one.
    public var payloadEnd: Int

    private static let dataType: UInt8 = 2
    /// Bytes of the frame check sequence.
    public static let checksumLength = 4

    /// `bytes` start at the frame control field and end where the frame does.
    ///
    /// - Parameters:
    ///   - hasFCS: the last four bytes are the checksum.
    ///   - isPadded: the header is padded to a multiple of four bytes.
    /// - Throws: too few bytes; a version other than 0; what is no data frame or carries none (`frame type`, with type
    ///   and subtype as value); a fragment other than the whole; an encrypted body; an A-MSDU, which holds several
    ///   packets.
    public init(decoding bytes: RawSpan, hasFCS: Bool = false, isPadded: Bool = false) throws(WireError) {
        try bytes.require(2, .wlan)
        let (control, flags) = (bytes.uint8(at: 0), bytes.uint8(at: 1))
        guard control & 3 == 0 else { throw WireError.invalid(.wlan, .version, control & 3) }
        let subtype = control >> 4
        // Of subtypes of data, bit 2 says that there is no body; some once combined data with an acknowledgement.
        guard control >> 2 & 3 == Self.dataType, subtype & 4 == 0 else {
            throw WireError.invalid(.wlan, .frameType, control >> 2)
        }
        let (toDS, fromDS) = (flags & 1 != 0, flags & 2 != 0)
        isRelayed = toDS && fromDS
        isRetry = flags & 0x08 != 0
        let isQoS = subtype & 8 != 0
        let hasControl = isQoS && flags & 0x80 != 0
        let addresses = isRelayed ? 30 : 24
        let header = addresses + (isQoS ? 2 : 0) + (hasControl ? 4 : 0)
        let padded = isPadded ? (header + 3) & ~3 : header
        payloadEnd = bytes.byteCount - (hasFCS ? Self.checksumLength : 0)
        payloadOffset = padded
        guard payloadEnd >= padded else {
            throw WireError.short(.wlan, needed: padded + bytes.byteCount - payloadEnd, had: bytes.byteCount)
        }
        guard flags & 0x40 == 0 else { throw WireError.invalid(.wlan, .protected, 1) }
        // Sequence control, little-endian: the fragment's number stands in the lower four bits of the first byte.
        let fragment = bytes.uint8(at: 22) & 15
        guard flags & 0x04 == 0, fragment == 0 else { throw WireError.invalid(.wlan, .fragment, fragment) }
        priority = isQoS ? bytes.uint8(at: addresses) & 15 : nil
        guard !isQoS || bytes.uint8(at: addresses) & 0x80 == 0 else { throw WireError.invalid(.wlan, .aggregate, 1) }
        destination = bytes.macAddress(at: toDS ? 16 : 4)
        source = isRelayed ? bytes.macAddress(at: 24) : bytes.macAddress(at: fromDS ? 16 : 10)
    }
}

extension WLANDataFrame {
    /// The frame behind a radiotap header; its offsets count from the start of `bytes`.
    /// - Parameter isCut: the capture holds only the start of the frame, so that no checksum ends it.
    /// - Throws: what the header or the frame throws; a frame that the card found damaged.
    public init(decodingRadiotap bytes: RawSpan, isCut: Bool = false) throws(WireError) {
        let header = try RadiotapHeader(decoding: bytes)
        guard !header.isDamaged else { throw WireError.invalid(.radiotap, .badFCS, 1) }
        let frame = bytes.extracting(header.length..<bytes.byteCount)
        self = try WLANDataFrame(decoding: frame, hasFCS: header.hasFCS && !isCut, isPadded: header.isPadded)
        payloadOffset += header.length
        payloadEnd += header.length
    }
}
