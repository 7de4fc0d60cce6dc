/// A flow: two sides, of which `first` is the lower end of the key.
///
/// The order of the fields is that of the cache lines: what finds the flow, then for each side what every packet touches.
struct FlowRecord: BitwiseCopyable {
    var key = FlowKey()
    /// VLAN, tunnel and so on of what each side sends; they differ where a mirror tags one direction only.
    var firstScope: UInt32 = 0
    var secondScope: UInt32 = 0
    var sees = Sees()
    /// A QUIC long header of a known version was seen.
    var isQUIC = false
    /// Which side sent the first packet.
    var opener = Initiator.unknown
    /// Which side opened the connection, where that was seen.
    var initiator = Initiator.unknown
    /// Nanoseconds of the handshake; 0 while it is not known. Limits what counts as out of order.
    var initialRoundTrip: Int64 = 0
    var first = FlowSide()
    var second = FlowSide()
    /// Connections over the same pair of ends.
    var connections: UInt64 = 0
    var firstTime: Int64 = 0
    /// While one side alone was seen: its neighbours among those of the same key.
    var newer = FlowRecord.nobody
    var older = FlowRecord.nobody
    private var padding = InlineArray<5, UInt64>(repeating: 0)

    static let nobody = UInt32.max

    var lastTime: Int64 { max(first.lastTime, second.lastTime) }

    enum Initiator: UInt8 { case unknown, first, second }

    /// Of which sides a packet was seen.
    struct Sees: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let first = Sees(rawValue: 1)
        static let second = Sees(rawValue: 2)
    }

    mutating func begin(_ key: FlowKey, scope: UInt32, isReversed: Bool, time: Int64) {
        self.key = key
        if isReversed {
            (secondScope, sees, opener) = (scope, .second, .second)
        } else {
            (firstScope, sees, opener) = (scope, .first, .first)
        }
        firstTime = time
    }

    /// Both sides sent packets.
    var isOpened: Bool { sees == [.first, .second] }

    /// Whether this flow is that of a packet with `scope`.
    @inline(__always)
    func matches(_ scope: UInt32, isReversed: Bool) -> Bool {
        isReversed
            ? sees.contains(.second) && secondScope == scope : sees.contains(.first) && firstScope == scope
    }

    /// The scope of the side that sent the first packet.
    var openingScope: UInt32 { opener == .second ? secondScope : firstScope }

    /// The scope of the side that answered, where it differs.
    var otherScope: UInt32? {
        guard isOpened, firstScope != secondScope else { return nil }
        return opener == .second ? firstScope : secondScope
    }

    /// Nothing more is to be expected.
    var isClosed: Bool {
        first.marks.contains(.reset) || second.marks.contains(.reset)
            || first.marks.contains(.finished) && second.marks.contains(.finished)
    }
}
