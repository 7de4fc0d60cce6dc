/// Which probe a packet's number belongs to. Numbers count up; the table forgets the oldest.
struct SequenceTable {
    struct Owner: Hashable {
        var stream: Int32
        /// A stream's place is used again; this tells its users apart.
        var generation: UInt32
        var sequence: UInt64
    }

    private struct Slot {
        var number: UInt32
        var owner: Owner
    }

    private var slots: ContiguousArray<Slot>
    private var mask: UInt32

    /// - Parameter size: a power of two.
    init(size: Int) {
        precondition(size > 0 && size & (size - 1) == 0 && size <= 65_536)
        slots = ContiguousArray(repeating: Self.unused, count: size)
        mask = UInt32(size - 1)
    }

    private static var unused: Slot {
        Slot(number: .max, owner: Owner(stream: -1, generation: 0, sequence: 0))
    }

    var size: Int { slots.count }

    /// Who had the number's place before, when that was another number.
    func evicted(by number: UInt32) -> Owner? {
        let slot = slots[Int(number & mask)]
        return slot.owner.stream >= 0 && slot.number != number ? slot.owner : nil
    }

    mutating func insert(_ number: UInt32, _ owner: Owner) {
        slots[Int(number & mask)] = Slot(number: number, owner: owner)
    }

    func owner(of number: UInt32) -> Owner? {
        let slot = slots[Int(number & mask)]
        return slot.number == number && slot.owner.stream >= 0 ? slot.owner : nil
    }

    /// The newest number with these low 16 bits, as an ICMP error quotes it.
    func owner(ofLow low: UInt16) -> (number: UInt32, owner: Owner)? {
        let slot = slots[Int(UInt32(low) & mask)]
        guard UInt16(truncatingIfNeeded: slot.number) == low, slot.owner.stream >= 0 else { return nil }
        return (slot.number, slot.owner)
    }

    /// More room; what is known stays known.
    mutating func grow(to size: Int) {
        guard size > slots.count else { return }
        let old = slots
        self = SequenceTable(size: size)
        for slot in old where slot.owner.stream >= 0 { insert(slot.number, slot.owner) }
    }
}

/// Which packet a transmit stamp belongs to: the kernel counts what a socket sends, we count what we number.
struct StampTable {
    private var numbers: ContiguousArray<(key: UInt32, number: UInt32)>
    private let mask: UInt32
    /// The kernel's number of the next packet.
    private(set) var nextKey: UInt32 = 0

    init(size: Int = 1024) {
        precondition(size > 0 && size & (size - 1) == 0)
        numbers = ContiguousArray(repeating: (.max, 0), count: size)
        mask = UInt32(size - 1)
    }

    /// The packet was taken by the kernel.
    mutating func sent(_ number: UInt32) {
        numbers[Int(nextKey & mask)] = (nextKey, number)
        nextKey &+= 1
    }

    /// A packet was refused after the kernel had numbered it.
    mutating func skip() {
        nextKey &+= 1
    }

    /// The kernel counts from 0 again; what was sent before gets no stamp any more.
    mutating func restart() {
        for index in numbers.indices { numbers[index] = (.max, 0) }
        nextKey = 0
    }

    mutating func take(_ key: UInt32) -> UInt32? {
        let entry = numbers[Int(key & mask)]
        guard entry.key == key else { return nil }
        numbers[Int(key & mask)].key = .max
        return entry.number
    }
}
