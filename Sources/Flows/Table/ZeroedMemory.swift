internal import CMemory

/// A row of elements that start as zeros, at a large page and so at a cache line. What was never touched takes no memory.
@safe
struct ZeroedMemory<Element: BitwiseCopyable>: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let elements: UnsafeMutablePointer<Element>
    private let count: Int

    private static var alignment: Int { 2 << 20 }

    /// - Parameter count: at least 1; all zeros must be a value of `Element`.
    init(_ count: Int) {
        let size = count * MemoryLayout<Element>.stride
        guard let memory = unsafe netprobe_zeroed(size + Self.alignment) else {
            // As Swift's own allocations end; the size comes from the bound of the table, never from a packet.
            fatalError("no memory for \(size) bytes")
        }
        unsafe self.memory = memory
        let start = unsafe memory.alignedUp(toMultipleOf: Self.alignment)
        unsafe elements = start.bindMemory(to: Element.self, capacity: count)
        self.count = count
    }

    deinit { unsafe netprobe_free(memory) }

    /// `index` is below the count.
    @inline(__always)
    subscript(_ index: Int) -> UnsafeMutablePointer<Element> { unsafe elements + index }

    @inline(__always)
    func address(_ index: Int) -> UInt { UInt(bitPattern: unsafe elements + index) }

    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) {
        unsafe body(UnsafeMutableRawPointer(elements), count * MemoryLayout<Element>.stride)
    }
}
