/// Which slots are in use, and for the how-manieth time; a freed slot is given out again under a new generation.
struct SlotTable: Sendable {
    private var generations: [UInt32] = []
    private var free: [Int32] = []

    mutating func take() -> (slot: Int32, generation: UInt32) {
        if let slot = free.popLast() { return (slot, generations[Int(slot)]) }
        generations.append(0)
        return (Int32(generations.count - 1), 0)
    }

    mutating func release(_ slot: Int32) {
        generations[Int(slot)] &+= 1
        free.append(slot)
    }

    func generation(of slot: Int32) -> UInt32 { generations[Int(slot)] }

    func isCurrent(_ slot: Int32, _ generation: UInt32) -> Bool {
        Int(slot) < generations.count && generations[Int(slot)] == generation
    }
}
