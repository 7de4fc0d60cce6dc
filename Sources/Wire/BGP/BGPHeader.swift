/// What a BGP message is (RFC 4271 §4.1).
public enum BGPMessageType: UInt8, CaseIterable, Sendable {
    case open = 1
    case update = 2
    case notification = 3
    case keepalive = 4
    /// RFC 2918.
    case routeRefresh = 5

    /// The lengths that RFC 4271 §6.1 allows for the type; RFC 8654 lifts the upper bound for updates and the like.
    var lengths: ClosedRange<Int> {
        switch self {
        case .open: 29...4096
        case .update: 23...65535
        case .notification: 21...65535
        case .keepalive: 19...19
        case .routeRefresh: 23...65535
        }
    }
}

extension BGPMessageType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .open: "OPEN"
        case .update: "UPDATE"
        case .notification: "NOTIFICATION"
        case .keepalive: "KEEPALIVE"
        case .routeRefresh: "ROUTE-REFRESH"
        }
    }
}

/// The header of a BGP message (RFC 4271 §4.1): sixteen bytes of ones, a length, a type.
public struct BGPHeader: Hashable, Sendable {
    public var type: BGPMessageType
    /// Header and body, 19 to 65535.
    public var length: Int

    public static let length = 19
    public static let port: UInt16 = 179

    /// The body need not be there.
    /// - Throws: fewer than 19 bytes, another marker, another type, a length that the type cannot have.
    public init(decoding bytes: RawSpan) throws(WireError) {
        try bytes.require(Self.length, .bgp)
        guard bytes.uint64(at: 0) == .max, bytes.uint64(at: 8) == .max else {
            throw WireError.invalid(.bgp, .marker, bytes.uint64(at: 0))
        }
        length = Int(bytes.uint16(at: 16))
        guard let type = BGPMessageType(rawValue: bytes.uint8(at: 18)) else {
            throw WireError.invalid(.bgp, .type, bytes.uint8(at: 18))
        }
        self.type = type
        guard type.lengths.contains(length) else { throw WireError.invalid(.bgp, .length, length) }
    }
}

/// The messages that a piece of a TCP stream holds, one after the other.
public struct BGPMessageWalk: Hashable, Sendable {
    /// Where the next message starts; what lies from here to the end at the end of the walk is the start of a message
    /// whose rest is still to come.
    public private(set) var position: Int

    /// - Parameter position: where a message starts, as at the start of a connection.
    public init(at position: Int = 0) {
        self.position = max(position, 0)
    }

    /// The next whole message, as its header and where all of it lies; nil when no whole one is left.
    /// - Throws: what is no BGP header. The place is kept, so that `resume` may look behind it.
    public mutating func next(in bytes: RawSpan) throws(WireError) -> (header: BGPHeader, range: Range<Int>)? {
        guard bytes.byteCount - position >= BGPHeader.length else { return nil }
        let header = try BGPHeader(decoding: bytes.extracting(position..<bytes.byteCount))
        guard header.length <= bytes.byteCount - position else { return nil }
        let range = position..<position + header.length
        position = range.upperBound
        return (header, range)
    }

    /// Moves to the next place where a header may stand, for a stream that was not seen from its start or of which a
    /// segment was lost.
    /// - Returns: false when there is none; the place is then where a cut marker may begin.
    public mutating func resume(in bytes: RawSpan) -> Bool {
        var ones = 0
        var index = min(position + 1, bytes.byteCount)
        while index < bytes.byteCount {
            ones = bytes.uint8(at: index) == 0xFF ? ones + 1 : 0
            index += 1
            guard ones >= 16 else { continue }
            // Of more ones than a marker has, the last sixteen are it: a length begins with ones in no real message.
            let start = index - 16
            if (try? BGPHeader(decoding: bytes.extracting(start..<bytes.byteCount))) != nil {
                position = start
                return true
            }
        }
        position = index - min(ones, 16)
        return false
    }
}
