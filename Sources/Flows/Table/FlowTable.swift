/// The flows, bounded: open addressing over slots of eight bytes, and records that stay where they are.
///
/// A full table gives up the flow that was silent for the longest of a few that a hand points at, closed and one-sided
/// ones first; no packet ever costs more than those few.
@safe
struct FlowTable: ~Copyable {
    private struct Slot: BitwiseCopyable {
        /// The hash; 0: empty.
        var tag: UInt32
        var index: UInt32
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var records: UnsafeMutablePointer<FlowRecord>
    /// What a new record starts as; copying it costs less than building one.
    private let prototype: UnsafeMutablePointer<FlowRecord>
    private var mask: UInt32
    private(set) var count = 0
    private(set) var capacity: Int
    /// More than `capacity` where the table may grow.
    private let limit: Int
    private let seed: UInt64
    private var hand = 0
    private(set) var evicted: UInt64 = 0

    private static let candidates = 16

    init(capacity: Int, limit: Int, seed: UInt64) {
        let flows = min(max(capacity, Self.candidates), 1 << 28)
        self.capacity = flows
        self.limit = min(max(limit, flows), 1 << 28)
        self.seed = seed
        let number = Self.slots(for: flows)
        mask = UInt32(number - 1)
        unsafe slots = Self.allocate(number)
        unsafe slots.initialize(repeating: Slot(tag: 0, index: 0), count: number)
        // Untouched pages take no memory.
        unsafe records = Self.allocate(flows)
        unsafe prototype = .allocate(capacity: 1)
        unsafe prototype.initialize(to: FlowRecord())
    }

    deinit {
        unsafe slots.deallocate()
        unsafe records.deallocate()
        unsafe prototype.deallocate()
    }

    /// Memory that starts at a large page, and so at a cache line.
    private static func allocate<Element: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Element>.stride,
            alignment: 2 << 20
        )
        return unsafe memory.bindMemory(to: Element.self, capacity: count)
    }

    /// At most half of the slots are used.
    private static func slots(for flows: Int) -> Int {
        var number = 32
        while number < flows * 2 { number *= 2 }
        return number
    }

    /// The place of a flow's record; -1 where it has none.
    @inline(__always)
    func find(_ key: FlowKey, scope: UInt32, isReversed: Bool) -> Int {
        let tag = key.hash(seed: seed)
        var position = tag & mask
        while true {
            let slot = unsafe slots[Int(position)]
            if slot.tag == tag {
                let record = unsafe records + Int(slot.index)
                if unsafe record.pointee.key == key,
                    unsafe record.pointee.matches(scope, isReversed: isReversed)
                {
                    return Int(slot.index)
                }
            }
            if slot.tag == 0 { return join(key, tag, scope: scope, isReversed: isReversed) }
            position = (position &+ 1) & mask
        }
    }

    /// The first packet of a direction: it joins a flow that has seen the other direction alone, one of the same scope
    /// before any other.
    @inline(never)
    private func join(_ key: FlowKey, _ tag: UInt32, scope: UInt32, isReversed: Bool) -> Int {
        let other: FlowRecord.Sees = isReversed ? .first : .second
        var found = -1
        var position = tag & mask
        while true {
            let slot = unsafe slots[Int(position)]
            if slot.tag == 0 { break }
            position = (position &+ 1) & mask
            guard slot.tag == tag else { continue }
            let record = unsafe records + Int(slot.index)
            guard unsafe record.pointee.key == key, unsafe record.pointee.sees == other else { continue }
            found = Int(slot.index)
            let otherScope = unsafe isReversed ? record.pointee.firstScope : record.pointee.secondScope
            if otherScope == scope { break }
        }
        guard found >= 0 else { return -1 }
        if isReversed {
            unsafe records[found].secondScope = scope
        } else {
            unsafe records[found].firstScope = scope
        }
        unsafe records[found].sees = [.first, .second]
        return found
    }

    /// Makes a record for a flow that has none.
    /// - Returns: its place; -1 where the table is full, and `replace` must be asked.
    mutating func insert(_ key: FlowKey, scope: UInt32, isReversed: Bool, time: Int64) -> Int {
        if count == capacity {
            guard capacity < limit else { return -1 }
            grow()
        }
        count += 1
        put(key, scope, isReversed, time, at: count - 1)
        return count - 1
    }

    /// Gives the record at `index` to another flow.
    mutating func replace(_ index: Int, by key: FlowKey, scope: UInt32, isReversed: Bool, time: Int64) {
        removeSlot(of: index)
        evicted &+= 1
        put(key, scope, isReversed, time, at: index)
    }

    private func put(_ key: FlowKey, _ scope: UInt32, _ isReversed: Bool, _ time: Int64, at index: Int) {
        let record = unsafe records + index
        unsafe record.update(from: prototype, count: 1)
        unsafe record.pointee.begin(key, scope: scope, isReversed: isReversed, time: time)
        place(Slot(tag: key.hash(seed: seed), index: UInt32(truncatingIfNeeded: index)))
    }

    private func place(_ slot: Slot) {
        var position = slot.tag & mask
        while unsafe slots[Int(position)].tag != 0 { position = (position &+ 1) & mask }
        unsafe slots[Int(position)] = slot
    }

    /// Of a full table, among the next few records the one to go.
    mutating func oldest() -> Int {
        var best = hand
        var bestTime = Int64.max
        for _ in 0..<Self.candidates {
            let index = hand
            hand = hand + 1 == capacity ? 0 : hand + 1
            var time = unsafe records[index].lastTime
            // As if silent for ten minutes and for one minute longer.
            if unsafe records[index].isClosed { time = time.subtractingReportingOverflow(600_000_000_000).partialValue }
            if unsafe !records[index].isOpened { time = time.subtractingReportingOverflow(60_000_000_000).partialValue }
            if time < bestTime { (best, bestTime) = (index, time) }
        }
        return best
    }

    /// Takes a record out of the slots and closes the gap, so that no search ends early.
    private mutating func removeSlot(of index: Int) {
        var position = unsafe records[index].key.hash(seed: seed) & mask
        while unsafe slots[Int(position)].index != UInt32(truncatingIfNeeded: index) || slots[Int(position)].tag == 0 {
            position = (position &+ 1) & mask
        }
        var next = position
        while true {
            next = (next &+ 1) & mask
            let slot = unsafe slots[Int(next)]
            guard slot.tag != 0 else { break }
            let home = slot.tag & mask
            // Movable when its home does not lie behind the gap.
            if (next &- home) & mask >= (next &- position) & mask {
                unsafe slots[Int(position)] = slot
                position = next
            }
        }
        unsafe slots[Int(position)] = Slot(tag: 0, index: 0)
    }

    private mutating func grow() {
        let larger = min(capacity * 2, limit)
        let next: UnsafeMutablePointer<FlowRecord> = unsafe Self.allocate(larger)
        unsafe next.update(from: records, count: count)
        unsafe records.deallocate()
        unsafe records = next
        capacity = larger
        let number = Self.slots(for: larger)
        unsafe slots.deallocate()
        unsafe slots = Self.allocate(number)
        unsafe slots.initialize(repeating: Slot(tag: 0, index: 0), count: number)
        mask = UInt32(number - 1)
        for index in 0..<count {
            let tag = unsafe records[index].key.hash(seed: seed)
            place(Slot(tag: tag, index: UInt32(truncatingIfNeeded: index)))
        }
    }

    /// A record, where it stands until the next `insert`; `index` comes from one of the functions above or lies below
    /// `count`.
    @inline(__always)
    func record(_ index: Int) -> UnsafeMutablePointer<FlowRecord> { unsafe records + index }

    /// The two pieces of memory that every packet touches somewhere.
    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) {
        unsafe body(UnsafeMutableRawPointer(records), capacity * MemoryLayout<FlowRecord>.stride)
        unsafe body(UnsafeMutableRawPointer(slots), (Int(mask) + 1) * MemoryLayout<Slot>.stride)
    }
}
