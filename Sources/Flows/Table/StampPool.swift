/// A packet that waits for its answer.
struct Stamp: BitwiseCopyable {
    /// Nanoseconds since the epoch; of a packet that was sent more than once the complement of the last copy's.
    var time: Int64
    /// What the answer names: the sequence number behind a segment, a timestamp value, an identifier.
    var key: UInt32
    /// The first sequence number of a segment.
    var start: UInt32

    var isAmbiguous: Bool { time < 0 }

    /// When it was last sent.
    var lastTime: Int64 { time < 0 ? ~time : time }

    /// The same, sent once more.
    @inline(__always)
    func repeated(at time: Int64) -> Self { Self(time: ~max(time, 0), key: key, start: start) }
}

/// Room for the stamps of flows with more in flight than a flow record holds: blocks of 32 to 16384 stamps, freed blocks
/// of one size in a list, together no more than a limit.
@safe
struct StampPool: ~Copyable {
    /// Stamps in a block of a class; the four of class 0 stand in the flow record.
    @inline(__always)
    static func stamps(inClass size: UInt8) -> Int { 4 << Int(truncatingIfNeeded: size &* 3) }

    static let largestClass: UInt8 = 4
    private static let unit = 32

    private var storage: ZeroedMemory<Stamp>
    private var capacity: Int
    private let limit: Int
    private var used = unit
    private var free = InlineArray<5, UInt32>(repeating: 0)
    let largestClass: UInt8

    /// - Parameters:
    ///   - stamps: how many there may be together.
    ///   - initially: room at first; it doubles up to `stamps`.
    init(stamps: Int, initially: Int, largestClass: UInt8) {
        limit = max(stamps, Self.unit)
        capacity = min(max(initially, Self.unit), limit)
        self.largestClass = largestClass
        storage = ZeroedMemory(capacity)
    }

    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) { unsafe storage.withMemory(body) }

    /// The block's number, nil when there is no more room.
    mutating func allocate(_ size: UInt8) -> UInt32? {
        let index = Int(size)
        if free[index] != 0 {
            let block = free[index]
            free[index] = self[block, 0].key
            return block
        }
        let needed = used + Self.stamps(inClass: size)
        guard needed <= limit else { return nil }
        if needed > capacity { grow(to: needed) }
        let block = UInt32(truncatingIfNeeded: used / Self.unit)
        used = needed
        return block
    }

    mutating func release(_ block: UInt32, _ size: UInt8) {
        self[block, 0] = Stamp(time: 0, key: free[Int(size)], start: 0)
        free[Int(size)] = block
    }

    private mutating func grow(to needed: Int) {
        var larger = capacity
        while larger < needed { larger *= 2 }
        larger = min(larger, limit)
        let next = ZeroedMemory<Stamp>(larger)
        unsafe next[0].update(from: storage[0], count: used)
        storage = next
        capacity = larger
    }

    /// A stamp of a block; block numbers come from `allocate` alone, and `position` is below the block's size.
    subscript(_ block: UInt32, _ position: Int) -> Stamp {
        @inline(__always)
        get { unsafe storage[Int(block) &* Self.unit &+ position].pointee }
        @inline(__always)
        nonmutating set { unsafe storage[Int(block) &* Self.unit &+ position].pointee = newValue }
    }
}
