/// Blocks for what few sides of flows need, so that it takes no room in every record. A side keeps the number of its block; 0: it
/// has none, which reads as zeros.
@safe
struct BlockPool<Element: BitwiseCopyable>: ~Copyable {
    private var storage: ZeroedMemory<Element>
    private var capacity: Int
    /// Blocks that are or were in use, and the first, which belongs to nobody.
    private var used = 1
    private var free: [UInt32] = []

    /// - Parameter sides: so many need a block, unless the table grows. All zeros must be a block that nothing was put into.
    init(sides: Int) {
        capacity = max(sides, 1) + 1
        storage = ZeroedMemory(capacity)
    }

    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) { unsafe storage.withMemory(body) }

    /// What a block holds; numbers come from `change` alone.
    @inline(__always)
    subscript(_ block: UInt32) -> Element { unsafe storage[Int(block)].pointee }

    /// A block, where it stands until the next one is made; block 0 is not to be written to.
    @inline(__always)
    func place(_ block: UInt32) -> UnsafeMutablePointer<Element> { unsafe storage[Int(block)] }

    /// Changes a block, which is made where there is none.
    @inline(__always)
    mutating func change<Result>(_ block: inout UInt32, _ body: (inout Element) -> Result) -> Result {
        if block == 0 { block = make() }
        return unsafe body(&storage[Int(block)].pointee)
    }

    /// Hands `body` all blocks in use, and some that hold zeros.
    func forEach(_ body: (borrowing Element) -> Void) {
        for block in 0..<used { unsafe body(storage[block].pointee) }
    }

    /// Gives a block back; what it held is gone.
    mutating func release(_ block: inout UInt32) {
        guard block != 0 else { return }
        // All zeros, as fresh memory.
        unsafe UnsafeMutableRawPointer(storage[Int(block)])
            .initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Element>.stride)
        free.append(block)
        block = 0
    }

    @inline(never)
    private mutating func make() -> UInt32 {
        if let last = free.popLast() { return last }
        if used == capacity { grow() }
        used += 1
        return UInt32(truncatingIfNeeded: used - 1)
    }

    /// Each side has one block at most, so that there are never more than the table has sides.
    private mutating func grow() {
        let next = ZeroedMemory<Element>(capacity * 2)
        unsafe next[0].update(from: storage[0], count: used)
        storage = next
        capacity *= 2
    }
}
