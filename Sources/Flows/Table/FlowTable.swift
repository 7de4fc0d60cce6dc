internal import CMemory
internal import Wire

/// The flows, bounded: slots by a hash of key and scope, and records that stay where they are.
///
/// A full table gives up the flow that was silent for the longest of a few that a hand points at, closed and one-sided
/// ones first; no packet ever costs more than those few. At most two flows share key and scope, so whatever packets come,
/// a search ends soon.
@safe
struct FlowTable: ~Copyable {
    /// Each flow under the scope of each of its sides.
    private var slots: SlotArray
    private var records: ZeroedMemory<FlowRecord>
    /// Flows of which one side alone was seen.
    private var waiting: WaitingFlows
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
        records = ZeroedMemory(flows)
        waiting = WaitingFlows(flows)
    }

    /// Makes ready what finds the flow of a packet, and asks for the memory where the search begins.
    @inline(__always)
    mutating func prepare(_ packet: UnsafeMutablePointer<PendingPacket>) {
        if unsafe packet.pointee.verdict == .tcp {
            // With the verdict known, nothing is asked that matters to other packets.
            unsafe prepare(packet, as: .tcp)
        } else {
            unsafe prepareOther(packet)
        }
    }

    @inline(never)
    private mutating func prepareOther(_ packet: UnsafeMutablePointer<PendingPacket>) {
        let verdict = unsafe packet.pointee.verdict
        guard verdict.hasFlow else {
            unsafe packet.pointee.search.tag = 0
            return
        }
        unsafe prepare(packet, as: verdict)
    }

    @inline(__always)
    private mutating func prepare(_ packet: UnsafeMutablePointer<PendingPacket>, as verdict: PacketVerdict) {
        var isReversed = false
        let key = unsafe FlowKey(packet.pointee.view, verdict, isReversed: &isReversed)
        let scope = unsafe packet.pointee.view.scope
        let tag = key.hash(scope: scope, seed: seed)
        unsafe packet.pointee.search = FlowSearch(key: key, tag: tag, scope: scope, isReversed: isReversed)
        slots.askFor(tag)
    }

    /// Asks for what will be read of the record of a packet that was prepared, if the first slot leads there; of a flow that is
    /// new, for what it will be put into.
    /// - Parameter news: how many such flows there are in the batch.
    @inline(__always)
    mutating func askForRecord(_ packet: UnsafePointer<PendingPacket>, _ news: inout Int) {
        let tag = unsafe packet.pointee.search.tag
        guard tag != 0 else { return }
        let slot = slots[tag]
        if slot.tag == tag {
            FlowRecord.askForLines(at: records.address(Int(slot.index)))
        } else {
            FlowRecord.askForLines(at: records.address(count &+ news))
            news &+= 1
            if waiting.isKept { unsafe waiting.askFor(waitingTag(packet)) }
        }
    }

    /// The record of a packet that was prepared; nil where it has none.
    @inline(__always)
    mutating func find(_ packet: UnsafePointer<PendingPacket>) -> UnsafeMutablePointer<FlowRecord>? {
        let tag = unsafe packet.pointee.search.tag
        var position = tag
        while true {
            let slot = slots[position]
            if slot.tag == tag {
                let record = unsafe records[Int(slot.index)]
                if unsafe record.pointee.key == packet.pointee.search.key,
                    unsafe record.pointee.matches(
                        packet.pointee.search.scope,
                        isReversed: packet.pointee.search.isReversed
                    )
                {
                    return unsafe record
                }
            }
            if slot.tag == 0 {
                let place = unsafe join(packet)
                return unsafe place < 0 ? nil : records[place]
            }
            position &+= 1
        }
    }

    /// The first packet of a direction: it joins a flow that has seen the other direction alone, one of the same scope
    /// before any other.
    @inline(never)
    private mutating func join(_ packet: UnsafePointer<PendingPacket>) -> Int {
        let (tag, scope) = unsafe (packet.pointee.search.tag, packet.pointee.search.scope)
        let isReversed = unsafe packet.pointee.search.isReversed
        let other: FlowRecord.Sees = isReversed ? .first : .second
        var found = unsafe waitingOfScope(packet, other)
        if found < 0 {
            startWaiting(for: scope)
            found = unsafe waiting.newest(waitingTag(packet), records) { record in
                unsafe record.pointee.key == packet.pointee.search.key
            }
            guard found >= 0, unsafe records[found].pointee.sees == other else { return -1 }
            slots.insert(tag, found)
        }
        if waiting.isKept { unsafe waiting.remove(found, waitingTag(packet), records) }
        if isReversed {
            unsafe records[found].pointee.secondScope = scope
        } else {
            unsafe records[found].pointee.firstScope = scope
        }
        unsafe records[found].pointee.sees = [.first, .second]
        return found
    }

    /// The hash of a packet's key alone.
    @inline(__always)
    private mutating func waitingTag(_ packet: UnsafePointer<PendingPacket>) -> UInt32 {
        unsafe packet.pointee.search.scope == 0
            ? packet.pointee.search.tag : packet.pointee.search.key.hash(scope: 0, seed: seed)
    }

    private mutating func waitingOfScope(_ packet: UnsafePointer<PendingPacket>, _ other: FlowRecord.Sees) -> Int {
        let (tag, scope) = unsafe (packet.pointee.search.tag, packet.pointee.search.scope)
        var position = tag
        while slots[position].tag != 0 {
            let slot = slots[position]
            position &+= 1
            guard slot.tag == tag else { continue }
            let record = unsafe records[Int(slot.index)]
            if unsafe record.pointee.key == packet.pointee.search.key, unsafe record.pointee.sees == other,
                unsafe record.pointee.matches(scope, isReversed: other == .second)
            {
                return Int(slot.index)
            }
        }
        return -1
    }

    /// While all packets have one scope nobody waits for another.
    private mutating func startWaiting(for scope: UInt32) {
        guard !waiting.isKept, count > 0, unsafe scope != records[0].pointee.openingScope else { return }
        waiting.keep()
        for index in 0..<count where unsafe !records[index].pointee.isOpened {
            let tag = unsafe records[index].pointee.key.hash(scope: 0, seed: seed)
            waiting.add(index, tag, records)
        }
    }

    /// Makes a record for a flow that has none.
    /// - Returns: its place; -1 where the table is full, and `replace` must be asked.
    mutating func insert(_ search: FlowSearch, time: Int64) -> Int {
        if count == capacity {
            guard capacity < limit else { return -1 }
            grow()
        }
        count += 1
        put(search, time, at: count - 1)
        return count - 1
    }

    /// Gives the record at `index` to another flow.
    mutating func replace(_ index: Int, by search: FlowSearch, time: Int64) {
        let old = unsafe records[index].pointee.key
        waiting.remove(index, old.hash(scope: 0, seed: seed), records)
        unsafe slots.remove(old.hash(scope: records[index].pointee.openingScope, seed: seed), index)
        if let scope = unsafe records[index].pointee.otherScope {
            slots.remove(old.hash(scope: scope, seed: seed), index)
        }
        evicted &+= 1
        unsafe records[index].initialize(to: FlowRecord())
        put(search, time, at: index)
    }

    /// Begins a flow in a record that is all zeros.
    private mutating func put(_ search: FlowSearch, _ time: Int64, at index: Int) {
        unsafe records[index].pointee.begin(search, time: time)
        slots.insert(search.tag, index)
        if waiting.isKept { waiting.add(index, search.key.hash(scope: 0, seed: seed), records) }
    }

    /// Of a full table, among the next few records the one to go.
    mutating func oldest() -> Int {
        var best = hand
        var bestTime = Int64.max
        for _ in 0..<Self.candidates {
            let index = hand
            hand = hand + 1 == capacity ? 0 : hand + 1
            var time = unsafe records[index].pointee.lastTime
            // As if silent for ten minutes and for one minute longer.
            if unsafe records[index].pointee.isClosed {
                time = time.subtractingReportingOverflow(600_000_000_000).partialValue
            }
            if unsafe !records[index].pointee.isOpened {
                time = time.subtractingReportingOverflow(60_000_000_000).partialValue
            }
            if time < bestTime { (best, bestTime) = (index, time) }
        }
        return best
    }

    private mutating func grow() {
        let larger = min(capacity * 2, limit)
        let next = ZeroedMemory<FlowRecord>(larger)
        unsafe next[0].update(from: records[0], count: count)
        records = next
        capacity = larger
        slots = SlotArray(entries: larger * 2)
        let isKept = waiting.isKept
        waiting = WaitingFlows(larger, isKept: isKept)
        for index in 0..<count {
            let key = unsafe records[index].pointee.key
            unsafe slots.insert(key.hash(scope: records[index].pointee.openingScope, seed: seed), index)
            if let scope = unsafe records[index].pointee.otherScope {
                slots.insert(key.hash(scope: scope, seed: seed), index)
            }
            guard isKept, unsafe !records[index].pointee.isOpened else { continue }
            waiting.add(index, key.hash(scope: 0, seed: seed), records)
        }
    }

    /// A record, where it stands until the next `insert`; `index` comes from one of the functions above or lies below
    /// `count`.
    @inline(__always)
    func record(_ index: Int) -> UnsafeMutablePointer<FlowRecord> { unsafe records[index] }

    /// Asks for the sides of the record some way behind one: a walk over all records goes in strides that the
    /// processor does not foresee.
    @inline(__always)
    func askForSides(behind index: Int) {
        let address = records.address(index &+ 8)
        netprobe_prefetch(address &+ UInt(FlowRecord.firstOffset))
        netprobe_prefetch(address &+ UInt(FlowRecord.secondOffset))
    }

    /// The pieces of memory that every packet touches somewhere.
    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) {
        unsafe records.withMemory(body)
        unsafe slots.withMemory(body)
        unsafe waiting.withMemory(body)
    }

    /// The most slots that a packet can make a search look at.
    var longestSearch: Int { max(slots.longestSearch, waiting.longestSearch) }
}
