/// The flows, bounded: slots by a hash of key and scope, and records that stay where they are.
///
/// A full table gives up the flow that was silent for the longest of a few that a hand points at, closed and one-sided
/// ones first; no packet ever costs more than those few. At most two flows share key and scope, so whatever packets come,
/// a search ends soon.
@safe
struct FlowTable: ~Copyable {
    /// Each flow under the scope of each of its sides.
    private var slots: SlotArray
    private var records: UnsafeMutablePointer<FlowRecord>
    /// What a new record starts as; copying it costs less than building one.
    private let prototype: UnsafeMutablePointer<FlowRecord>
    /// Flows of which one side alone was seen.
    private var waiting = WaitingFlows()
    private(set) var count = 0
    private(set) var capacity: Int
    /// More than `capacity` where the table may grow.
    private let limit: Int
    private let seed: FlowKey.Seed
    private var hand = 0
    private(set) var evicted: UInt64 = 0

    private static let candidates = 16

    init(capacity: Int, limit: Int, seed: UInt64) {
        let flows = min(max(capacity, Self.candidates), 1 << 28)
        self.capacity = flows
        self.limit = min(max(limit, flows), 1 << 28)
        self.seed = FlowKey.Seed(seed)
        slots = SlotArray(entries: flows * 2)
        // Untouched pages take no memory.
        unsafe records = LargeMemory.allocate(flows)
        unsafe prototype = .allocate(capacity: 1)
        unsafe prototype.initialize(to: FlowRecord())
    }

    deinit {
        unsafe records.deallocate()
        unsafe prototype.deallocate()
    }

    /// The place of a flow's record; -1 where it has none.
    @inline(__always)
    mutating func find(_ key: FlowKey, scope: UInt32, isReversed: Bool) -> Int {
        let tag = key.hash(scope: scope, seed: seed)
        var position = tag
        while true {
            let slot = slots[position]
            if slot.tag == tag {
                let record = unsafe records + Int(slot.index)
                if unsafe record.pointee.key == key,
                    unsafe record.pointee.matches(scope, isReversed: isReversed)
                {
                    return Int(slot.index)
                }
            }
            if slot.tag == 0 { return join(key, tag, scope: scope, isReversed: isReversed) }
            position &+= 1
        }
    }

    /// The first packet of a direction: it joins a flow that has seen the other direction alone, one of the same scope
    /// before any other.
    @inline(never)
    private mutating func join(_ key: FlowKey, _ tag: UInt32, scope: UInt32, isReversed: Bool) -> Int {
        let other: FlowRecord.Sees = isReversed ? .first : .second
        var found = waitingOfScope(key, tag, scope, other)
        if found < 0 {
            startWaiting(for: scope)
            found = unsafe waiting.newest(key, key.hash(scope: 0, seed: seed), records)
            guard found >= 0, unsafe records[found].sees == other else { return -1 }
            slots.insert(tag, found)
        }
        unsafe waiting.remove(found, key.hash(scope: 0, seed: seed), records)
        if isReversed {
            unsafe records[found].secondScope = scope
        } else {
            unsafe records[found].firstScope = scope
        }
        unsafe records[found].sees = [.first, .second]
        return found
    }

    private func waitingOfScope(_ key: FlowKey, _ tag: UInt32, _ scope: UInt32, _ other: FlowRecord.Sees) -> Int {
        var position = tag
        while slots[position].tag != 0 {
            let slot = slots[position]
            position &+= 1
            guard slot.tag == tag else { continue }
            let record = unsafe records + Int(slot.index)
            if unsafe record.pointee.key == key, unsafe record.pointee.sees == other,
                unsafe record.pointee.matches(scope, isReversed: other == .second)
            {
                return Int(slot.index)
            }
        }
        return -1
    }

    /// While all packets have one scope nobody waits for another.
    private mutating func startWaiting(for scope: UInt32) {
        guard !waiting.isKept, count > 0, unsafe scope != records[0].openingScope else { return }
        waiting.keep(capacity)
        for index in 0..<count where unsafe !records[index].isOpened {
            let tag = unsafe records[index].key.hash(scope: 0, seed: seed)
            unsafe waiting.add(index, tag, records)
        }
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
        let old = unsafe records[index].key
        unsafe waiting.remove(index, old.hash(scope: 0, seed: seed), records)
        unsafe slots.remove(old.hash(scope: records[index].openingScope, seed: seed), index)
        if let scope = unsafe records[index].otherScope { slots.remove(old.hash(scope: scope, seed: seed), index) }
        evicted &+= 1
        put(key, scope, isReversed, time, at: index)
    }

    private mutating func put(_ key: FlowKey, _ scope: UInt32, _ isReversed: Bool, _ time: Int64, at index: Int) {
        let record = unsafe records + index
        unsafe record.update(from: prototype, count: 1)
        unsafe record.pointee.begin(key, scope: scope, isReversed: isReversed, time: time)
        slots.insert(key.hash(scope: scope, seed: seed), index)
        if waiting.isKept { unsafe waiting.add(index, key.hash(scope: 0, seed: seed), records) }
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

    private mutating func grow() {
        let larger = min(capacity * 2, limit)
        let next: UnsafeMutablePointer<FlowRecord> = unsafe LargeMemory.allocate(larger)
        unsafe next.update(from: records, count: count)
        unsafe records.deallocate()
        unsafe records = next
        capacity = larger
        slots = SlotArray(entries: larger * 2)
        let isKept = waiting.isKept
        if isKept { waiting.keep(larger) }
        for index in 0..<count {
            let key = unsafe records[index].key
            unsafe slots.insert(key.hash(scope: records[index].openingScope, seed: seed), index)
            if let scope = unsafe records[index].otherScope { slots.insert(key.hash(scope: scope, seed: seed), index) }
            guard isKept, unsafe !records[index].isOpened else { continue }
            unsafe waiting.add(index, key.hash(scope: 0, seed: seed), records)
        }
    }

    /// A record, where it stands until the next `insert`; `index` comes from one of the functions above or lies below
    /// `count`.
    @inline(__always)
    func record(_ index: Int) -> UnsafeMutablePointer<FlowRecord> { unsafe records + index }

    /// The two pieces of memory that every packet touches somewhere.
    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) {
        unsafe body(UnsafeMutableRawPointer(records), capacity * MemoryLayout<FlowRecord>.stride)
        unsafe slots.withMemory(body)
    }

    /// The most slots that a packet can make a search look at.
    var longestSearch: Int { max(slots.longestSearch, waiting.longestSearch) }
}
