import Testing

@testable import Flows

@Suite("what sides have beyond their records")
struct BlockPoolTests {
    @Test("a side without a block reads zeros; a block that was given back and is made again holds zeros")
    func zeros() {
        var pool = BlockPool<SideDetails>(sides: 2)
        var (one, other, next) = (UInt32(0), UInt32(0), UInt32(0))
        #expect(pool[one].counters == FlowCounters() && pool[one].handshake == -1)
        pool.change(&one) { $0.counters.resets &+= 1 }
        pool.change(&one) { $0.handshake = 5 }
        pool.change(&other) { $0.counters.resets &+= 10 }
        #expect(one != 0 && one != other && pool[one].counters.resets == 1 && pool[one].handshake == 5)
        let place = one
        pool.release(&one)
        #expect(one == 0)
        pool.change(&next) { $0.counters.late &+= 1 }
        #expect(next == place && pool[next].counters.resets == 0 && pool[next].handshake == -1)
    }

    @Test("a pool of a table that grows keeps what it holds, and all of it is found")
    func growth() {
        var pool = BlockPool<SideDetails>(sides: 1)
        var blocks = [UInt32](repeating: 0, count: 100)
        for index in blocks.indices { pool.change(&blocks[index]) { $0.counters.lost &+= UInt32(index) } }
        #expect(blocks.indices.allSatisfy { pool[blocks[$0]].counters.lost == UInt32($0) })
        var sum: UInt32 = 0
        pool.forEach { sum += $0.counters.lost }
        #expect(sum == 4950)
    }
}
