import Testing

@testable import Probing

@Suite("Whose packet a number is")
struct SequenceTableTests {
    private func owner(_ stream: Int32, _ sequence: UInt64 = 0) -> SequenceTable.Owner {
        SequenceTable.Owner(stream: stream, generation: 1, sequence: sequence)
    }

    @Test("a number is found by itself and by its low half")
    func find() {
        var table = SequenceTable(size: 16)
        table.insert(0x0001_0005, owner(7))
        #expect(table.owner(of: 0x0001_0005) == owner(7))
        #expect(table.owner(of: 5) == nil)
        #expect(table.owner(ofLow: 5)?.owner == owner(7))
        #expect(table.owner(ofLow: 5)?.number == 0x0001_0005)
        #expect(table.owner(ofLow: 21) == nil)
    }

    @Test("a new number pushes the old one out of its place, and says whose that was")
    func eviction() {
        var table = SequenceTable(size: 16)
        table.insert(3, owner(1))
        #expect(table.evicted(by: 3) == nil)
        #expect(table.evicted(by: 19) == owner(1))
        table.insert(19, owner(2))
        #expect(table.owner(of: 3) == nil)
        #expect(table.owner(of: 19) == owner(2))
    }

    @Test("growing keeps what is known")
    func grow() {
        var table = SequenceTable(size: 16)
        for number in 100..<UInt32(116) { table.insert(number, owner(Int32(number))) }
        table.grow(to: 64)
        for number in 100..<UInt32(116) { #expect(table.owner(of: number) == owner(Int32(number))) }
        #expect(table.size == 64)
    }

    @Test("the largest number is a number like any other")
    func largest() {
        var table = SequenceTable(size: 16)
        #expect(table.owner(of: .max) == nil)
        table.insert(.max, owner(4))
        #expect(table.owner(of: .max) == owner(4))
    }
}

@Suite("Which packet a transmit stamp is of")
struct StampTableTests {
    @Test("the kernel's count leads to our number, once")
    func take() {
        var table = StampTable(size: 4)
        table.sent(1_000)
        table.sent(1_001)
        #expect(table.take(1) == 1_001)
        #expect(table.take(1) == nil)
        #expect(table.take(0) == 1_000)
    }

    @Test("after a restart stamps of before belong to nobody")
    func restart() {
        var table = StampTable(size: 4)
        for number in 0..<UInt32(3) { table.sent(number) }
        table.restart()
        #expect(table.take(1) == nil)
        table.sent(77)
        #expect(table.take(0) == 77)
    }

    @Test("a stamp that comes after its place was used again is not mistaken")
    func wrapped() {
        var table = StampTable(size: 4)
        for number in 0..<UInt32(6) { table.sent(100 + number) }
        #expect(table.take(1) == nil)
        #expect(table.take(5) == 105)
    }
}
