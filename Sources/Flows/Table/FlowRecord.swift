internal import CMemory
internal import Wire

/// A flow: two sides, of which `first` is the lower end of the key. All zeros is a flow that has not begun, so that fresh
/// memory is one.
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
    /// When the SYN of each side, or its last copy, was seen.
    var firstSynchronizeTime: Int64 = 0
    var secondSynchronizeTime: Int64 = 0
    /// While one side alone was seen: its neighbours among those of the same key, by their places from 1 on; 0: nobody.
    var newer: UInt32 = 0
    var older: UInt32 = 0
    private var padding = InlineArray<3, UInt64>(repeating: 0)

    /// Asks for the memory that most packets need of a record: the key, of each side what every packet touches, its stamps.
    @inline(__always)
    static func askForLines(at address: UInt) {
        let (first, second) = (address &+ UInt(firstOffset), address &+ UInt(secondOffset))
        netprobe_prefetch(address)
        netprobe_prefetch(first)
        netprobe_prefetch(second)
        netprobe_prefetch(first &+ 64)
        netprobe_prefetch(second &+ 64)
    }

    var lastTime: Int64 { max(first.lastTime, second.lastTime) }

    enum Initiator: UInt8 { case unknown, first, second }

    /// Of which sides a packet was seen.
    struct Sees: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let first = Sees(rawValue: 1)
        static let second = Sees(rawValue: 2)
    }

    mutating func begin(_ search: FlowSearch, time: Int64) {
        key = search.key
        if search.isReversed {
            (secondScope, sees, opener) = (search.scope, .second, .second)
        } else {
            (firstScope, sees, opener) = (search.scope, .first, .first)
        }
        firstTime = time
    }

    /// Both sides of a record, of which the second lies behind the first: that of the sender and the other one.
    @inline(__always)
    static func sides(
        _ record: UnsafeMutablePointer<FlowRecord>,
        isReversed: Bool
    ) -> (sender: UnsafeMutablePointer<FlowSide>, other: UnsafeMutablePointer<FlowSide>) {
        let start = UnsafeMutableRawPointer(record)
        let offset = isReversed ? secondOffset : firstOffset
        let sender = unsafe (start + offset).assumingMemoryBound(to: FlowSide.self)
        let other = unsafe (start + (firstOffset &+ secondOffset &- offset)).assumingMemoryBound(to: FlowSide.self)
        return unsafe (sender, other)
    }

    /// `LayoutTests` holds them against the fields.
    static var firstOffset: Int { 64 }
    static var secondOffset: Int { 64 &+ MemoryLayout<FlowSide>.stride }

    /// Both sides sent packets.
    var isOpened: Bool { sees == [.first, .second] }

    /// Whether this flow is that of a packet with `scope`.
    @inline(__always)
    func matches(_ scope: UInt32, isReversed: Bool) -> Bool {
        let (side, expected) = isReversed ? (Sees.second.rawValue, secondScope) : (Sees.first.rawValue, firstScope)
        return sees.rawValue & side != 0 && expected == scope
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
