/// Big-endian loads. Callers check the length of a whole header once; each load is bounds-checked all the same.
extension RawSpan {
    @inline(__always)
    func uint8(at offset: Int) -> UInt8 {
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
    }

    @inline(__always)
    func uint16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inline(__always)
    func uint32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    func uint64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    func ipv6Address(at offset: Int) -> IPv6Address {
        IPv6Address(high: uint64(at: offset), low: uint64(at: offset + 8))
    }

    /// A copy, for values that outlive the packet.
    func array(_ range: Range<Int>) -> [UInt8] {
        unsafe extracting(range).withUnsafeBytes { unsafe Array($0) }
    }

    /// The one length check of a header.
    @inline(__always)
    func require(_ needed: Int, _ layer: WireError.Layer) throws(WireError) {
        guard byteCount >= needed else { throw WireError.short(layer, needed: needed, had: byteCount) }
    }
}

/// Writes big-endian values one after the other into memory that the caller owns.
///
/// The room for a whole packet is checked once, at the start; a write beyond it would be our own mistake and stops
/// the program instead of leaving the buffer.
@safe
struct ByteWriter: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// - Throws: when `buffer` has less room than `needed`.
    init(_ buffer: UnsafeMutableRawBufferPointer, room needed: Int, _ layer: WireError.Layer) throws(WireError) {
        guard buffer.count >= needed else { throw WireError.short(layer, needed: needed, had: buffer.count) }
        unsafe self.buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<needed])
    }

    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let size = Value.bitWidth / 8
        precondition(unsafe count + size <= buffer.count)
        unsafe buffer.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += size
    }

    mutating func put(_ address: IPAddress) {
        switch address {
        case .v4(let address): put(address.rawValue)
        case .v6(let address):
            put(address.high)
            put(address.low)
        }
    }

    mutating func put(_ bytes: RawSpan) {
        precondition(unsafe count + bytes.byteCount <= buffer.count)
        guard bytes.byteCount > 0 else { return }
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + bytes.byteCount])
        unsafe bytes.withUnsafeBytes { source in unsafe target.copyMemory(from: source) }
        count += bytes.byteCount
    }

    mutating func put(_ bytes: [UInt8]) {
        // Safe: a byte has no padding that could be uninitialized.
        unsafe put(bytes.span.bytes)
    }

    mutating func putZeros(_ number: Int) {
        for _ in 0..<number { put(UInt8(0)) }
    }

    /// Overwrites what was written before, such as a checksum or a length.
    func patch<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        precondition(offset >= 0 && offset + Value.bitWidth / 8 <= count)
        unsafe buffer.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Value.self)
    }

    /// Checksum of what was written from `start` on, on top of `sum`.
    func checksum(from start: Int = 0, adding sum: InternetChecksum = InternetChecksum()) -> UInt16 {
        var sum = sum
        let written = unsafe UnsafeRawBufferPointer(rebasing: buffer[start..<count])
        sum.add(unsafe written.bytes)
        return sum.value
    }
}
