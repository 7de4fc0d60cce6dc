internal import CMemory

/// Open addressing: where what bears a tag stands. At most half of the slots are used, so that searches stay short as long
/// as tags are random.
@safe
struct SlotArray: ~Copyable {
    struct Slot: BitwiseCopyable {
        /// A hash; 0: empty.
        var tag: UInt32 = 0
        var index: UInt32 = 0
    }

    private let slots: ZeroedMemory<Slot>
    private let mask: UInt32

    /// - Parameter entries: how many there may be.
    init(entries: Int) {
        var number = 32
        while number < entries * 2 { number *= 2 }
        mask = UInt32(number - 1)
        slots = ZeroedMemory(number)
    }

    /// Asks for the memory where the search for a tag begins.
    @inline(__always)
    func askFor(_ tag: UInt32) { netprobe_prefetch(slots.address(Int(tag & mask))) }

    /// The slots in a ring: a search starts at the tag's and ends at the first empty one.
    @inline(__always)
    subscript(_ position: UInt32) -> Slot { unsafe slots[Int(position & mask)].pointee }

    func insert(_ tag: UInt32, _ index: Int) {
        var position = tag & mask
        while unsafe slots[Int(position)].pointee.tag != 0 { position = (position &+ 1) & mask }
        unsafe slots[Int(position)].pointee = Slot(tag: tag, index: UInt32(truncatingIfNeeded: index))
    }

    /// Lets the entry point to another place.
    func replace(_ tag: UInt32, _ index: Int, by other: Int) {
        guard let position = position(tag, index) else { return }
        unsafe slots[Int(position)].pointee.index = UInt32(truncatingIfNeeded: other)
    }

    /// Takes an entry out and closes the gap, so that no search ends early.
    func remove(_ tag: UInt32, _ index: Int) {
        guard var position = position(tag, index) else { return }
        var next = position
        while true {
            next = (next &+ 1) & mask
            let slot = unsafe slots[Int(next)].pointee
            guard slot.tag != 0 else { break }
            let home = slot.tag & mask
            // Movable when its home does not lie behind the gap.
            if (next &- home) & mask >= (next &- position) & mask {
                unsafe slots[Int(position)].pointee = slot
                position = next
            }
        }
        unsafe slots[Int(position)].pointee = Slot()
    }

    private func position(_ tag: UInt32, _ index: Int) -> UInt32? {
        var position = tag & mask
        while true {
            let slot = unsafe slots[Int(position)].pointee
            if slot.tag == 0 { return nil }
            if slot.tag == tag, slot.index == UInt32(truncatingIfNeeded: index) { return position }
            position = (position &+ 1) & mask
        }
    }

    /// The most slots that one search can look at.
    var longestSearch: Int {
        var (longest, run) = (0, 0)
        for position in 0...mask {
            run = self[position].tag == 0 ? 0 : run + 1
            longest = max(longest, run)
        }
        return longest + 1
    }

    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) { unsafe slots.withMemory(body) }
}
