import Testing

@testable import Flows

@Suite("memory of flows")
struct LayoutTests {
    @Test("a record is whole cache lines, and each side starts at one")
    func lines() {
        #expect(MemoryLayout<FlowSide>.size % 64 == 0)
        #expect(MemoryLayout<FlowRecord>.offset(of: \.first) == 64)
        #expect(MemoryLayout<FlowRecord>.stride % 64 == 0)
        #expect(MemoryLayout<FlowSide>.offset(of: \.segments) == 64)
    }
}
