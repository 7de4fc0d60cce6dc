/// Flows of which one side alone was seen, by key: the other side may come with another scope. Those of one key hang
/// together, the newest first, so that each step costs the same however many there are.
///
/// It is kept from the second scope on; most captures have one.
struct WaitingFlows: ~Copyable {
    private let heads: SlotArray
    private(set) var isKept: Bool

    /// - Parameter capacity: flows that there may be.
    init(_ capacity: Int, isKept: Bool = false) {
        heads = SlotArray(entries: capacity)
        self.isKept = isKept
    }

    mutating func keep() { isKept = true }

    /// Asks for the memory where the search for a key begins.
    @inline(__always)
    func askFor(_ tag: UInt32) { heads.askFor(tag) }

    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) { unsafe heads.withMemory(body) }

    /// The place of the newest that waits, of those with a tag for which `matches` holds; -1 without.
    @inline(__always)
    func newest(
        _ tag: UInt32,
        _ records: borrowing ZeroedMemory<FlowRecord>,
        where matches: (UnsafeMutablePointer<FlowRecord>) -> Bool
    ) -> Int {
        var position = tag
        while heads[position].tag != 0 {
            let slot = heads[position]
            if slot.tag == tag, unsafe matches(records[Int(slot.index)]) { return Int(slot.index) }
            position &+= 1
        }
        return -1
    }

    func add(_ index: Int, _ tag: UInt32, _ records: borrowing ZeroedMemory<FlowRecord>) {
        let new = unsafe records[index]
        let head = unsafe newest(tag, records) { record in unsafe record.pointee.key == new.pointee.key }
        unsafe records[index].pointee.newer = 0
        unsafe records[index].pointee.older = UInt32(truncatingIfNeeded: head &+ 1)
        guard head >= 0 else {
            heads.insert(tag, index)
            return
        }
        unsafe records[head].pointee.newer = UInt32(truncatingIfNeeded: index &+ 1)
        heads.replace(tag, head, by: index)
    }

    /// Takes one out, where it waits.
    func remove(_ index: Int, _ tag: UInt32, _ records: borrowing ZeroedMemory<FlowRecord>) {
        guard isKept, unsafe !records[index].pointee.isOpened else { return }
        let (newer, older) = unsafe (records[index].pointee.newer, records[index].pointee.older)
        if older != 0 { unsafe records[Int(older) &- 1].pointee.newer = newer }
        if newer != 0 {
            unsafe records[Int(newer) &- 1].pointee.older = older
        } else if older != 0 {
            heads.replace(tag, index, by: Int(older) &- 1)
        } else {
            heads.remove(tag, index)
        }
    }

    var longestSearch: Int { heads.longestSearch }
}
