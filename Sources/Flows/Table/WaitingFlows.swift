/// Flows of which one side alone was seen, by key: the other side may come with another scope. Those of one key hang
/// together, the newest first, so that each step costs the same however many there are.
///
/// It is kept from the second scope on; most captures have one.
struct WaitingFlows: ~Copyable {
    private var heads = SlotArray(entries: 0)
    private(set) var isKept = false

    /// Starts empty.
    mutating func keep(_ capacity: Int) {
        isKept = true
        heads = SlotArray(entries: capacity)
    }

    /// The place of the newest that waits; -1 without.
    func newest(_ key: FlowKey, _ tag: UInt32, _ records: UnsafeMutablePointer<FlowRecord>) -> Int {
        var position = tag
        while heads[position].tag != 0 {
            let slot = heads[position]
            if slot.tag == tag, unsafe records[Int(slot.index)].key == key { return Int(slot.index) }
            position &+= 1
        }
        return -1
    }

    func add(_ index: Int, _ tag: UInt32, _ records: UnsafeMutablePointer<FlowRecord>) {
        let head = unsafe newest(records[index].key, tag, records)
        unsafe records[index].newer = FlowRecord.nobody
        guard head >= 0 else {
            unsafe records[index].older = FlowRecord.nobody
            heads.insert(tag, index)
            return
        }
        unsafe records[index].older = UInt32(truncatingIfNeeded: head)
        unsafe records[head].newer = UInt32(truncatingIfNeeded: index)
        heads.replace(tag, head, by: index)
    }

    /// Takes one out, where it waits.
    func remove(_ index: Int, _ tag: UInt32, _ records: UnsafeMutablePointer<FlowRecord>) {
        guard isKept, unsafe !records[index].isOpened else { return }
        let (newer, older) = unsafe (records[index].newer, records[index].older)
        if older != FlowRecord.nobody { unsafe records[Int(older)].newer = newer }
        if newer != FlowRecord.nobody {
            unsafe records[Int(newer)].older = older
        } else if older != FlowRecord.nobody {
            heads.replace(tag, index, by: Int(older))
        } else {
            heads.remove(tag, index)
        }
    }

    var longestSearch: Int { heads.longestSearch }
}
