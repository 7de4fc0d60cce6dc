/// Stamps in the order of sending: four in the flow record itself, more in a block of the pool.
///
/// A full ring refuses the new stamp and keeps the oldest, which is the one about to be answered.
struct StampRing {
    private(set) var count: UInt16 = 0
    private var head: UInt16 = 0
    /// Class of the block; 0: the four here.
    private var size: UInt8 = 0
    /// What the places of the block are masked with, 0 while there is none: kept, since every packet asks.
    private var blockMask: UInt16 = 0
    private var block: UInt32 = 0
    private var inline = InlineArray<4, Stamp>(repeating: Stamp(time: 0, key: 0, start: 0))

    @inline(__always)
    private var mask: Int { Int(blockMask | 3) }

    /// The stamp at a place from the oldest on; `index` is below `count`. It changes nothing, yet a ring that is only read would
    /// be copied for it.
    @inline(__always)
    mutating func stamp(_ index: Int, _ pool: borrowing StampPool) -> Stamp {
        let position = Int(head) &+ index
        if blockMask == 0 { return inline[position & 3] }
        return pool[block, position & mask]
    }

    @inline(__always)
    mutating func replace(_ index: Int, _ stamp: Stamp, _ pool: borrowing StampPool) {
        let position = Int(head) &+ index
        if blockMask == 0 {
            inline[position & 3] = stamp
        } else {
            pool[block, position & mask] = stamp
        }
    }

    /// - Returns: false when the ring is full and may not grow.
    @inline(__always)
    mutating func append(_ stamp: Stamp, _ pool: inout StampPool, mayGrow: Bool) -> Bool {
        if Int(count) > mask {
            guard mayGrow, grow(&pool) else { return false }
        }
        count &+= 1
        replace(Int(count) &- 1, stamp, pool)
        return true
    }

    /// Puts a stamp before the one at `index`; those from there on move down.
    /// - Returns: false when the ring is full and may not grow.
    mutating func insert(_ stamp: Stamp, at index: Int, _ pool: inout StampPool, mayGrow: Bool) -> Bool {
        guard append(stamp, &pool, mayGrow: mayGrow) else { return false }
        var place = Int(count) &- 1
        while place > index {
            replace(place, self.stamp(place &- 1, pool), pool)
            place &-= 1
        }
        replace(index, stamp, pool)
        return true
    }

    /// Removes the oldest stamps; there are so many.
    @inline(__always)
    mutating func removeFirst(_ number: Int = 1) {
        count &-= UInt16(truncatingIfNeeded: number)
        // An empty ring starts anew, so that short queues stay in one cache line.
        head = count == 0 ? 0 : UInt16(truncatingIfNeeded: (Int(head) &+ number) & mask)
    }

    /// Removes the stamp at a place; those behind it move up.
    mutating func remove(_ index: Int, _ pool: borrowing StampPool) {
        guard index > 0 else { return removeFirst() }
        var place = index
        while place &+ 1 < Int(count) {
            replace(place, stamp(place &+ 1, pool), pool)
            place &+= 1
        }
        count &-= 1
        if count == 0 { head = 0 }
    }

    @inline(__always)
    mutating func removeAll() {
        count = 0
        head = 0
    }

    /// Gives the block back; the ring is then empty.
    mutating func release(_ pool: inout StampPool) {
        if size != 0 { pool.release(block, size) }
        size = 0
        blockMask = 0
        block = 0
        removeAll()
    }

    private mutating func grow(_ pool: inout StampPool) -> Bool {
        guard size < pool.largestClass, let next = pool.allocate(size + 1) else { return false }
        for index in 0..<Int(count) { pool[next, index] = stamp(index, pool) }
        if size != 0 { pool.release(block, size) }
        block = next
        size += 1
        blockMask = UInt16(truncatingIfNeeded: StampPool.stamps(inClass: size) &- 1)
        head = 0
        return true
    }
}
