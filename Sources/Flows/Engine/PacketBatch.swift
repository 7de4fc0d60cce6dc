public import Wire

/// A packet that was decoded and waits for the engine.
@usableFromInline
struct PendingPacket: BitwiseCopyable {
    @usableFromInline var view = PacketView()
    @usableFromInline var verdict = PacketVerdict.notIP
    /// Its number in the capture, from 1 on.
    @usableFromInline var frame: UInt64 = 0
    /// Nanoseconds since the epoch.
    @usableFromInline var time: Int64 = 0
    /// Bytes of the whole packet.
    @usableFromInline var wireLength = 0
    /// Where its captured bytes lie in the piece that it came in.
    @usableFromInline var start = 0
    @usableFromInline var end = 0
    var search = FlowSearch()

    /// Where what was captured of the payload lies in the piece.
    @inline(__always)
    var payload: Range<Int> {
        let first = min(start &+ max(view.payloadOffset, 0), end)
        return first..<min(end, first &+ Int(view.payloadLength))
    }
}

/// A few packets that go through the engine together.
///
/// What a packet needs of a table of many megabytes lies far away: of a batch all of it is asked for at once, before the first
/// packet is looked at.
@safe
public struct PacketBatch: ~Copyable {
    @usableFromInline let packets: UnsafeMutablePointer<PendingPacket>
    @usableFromInline var count = 0
    @usableFromInline static var capacity: Int { 16 }

    public init() {
        unsafe packets = .allocate(capacity: Self.capacity)
        unsafe packets.initialize(repeating: PendingPacket(), count: Self.capacity)
    }

    deinit { unsafe packets.deallocate() }

    @inlinable
    public var isFull: Bool { count == Self.capacity }

    /// Decodes a packet and puts it behind the others; not of a batch that is full.
    /// - Parameters:
    ///   - piece: what `FlowEngine.process` will be given with this batch.
    ///   - start: where the captured bytes of the packet start in it, and where they end.
    ///   - frame: its number in the capture, from 1 on.
    ///   - time: nanoseconds since the epoch.
    ///   - wireLength: bytes of the whole packet.
    @inlinable
    @inline(__always)
    public mutating func add(
        _ piece: RawSpan,
        from start: Int,
        to end: Int,
        frame: UInt64,
        time: Int64,
        wireLength: Int,
        link: LinkType
    ) {
        precondition(count < Self.capacity && 0 <= start && start <= end && end <= piece.byteCount)
        let packet = unsafe packets + count
        // What is known is put down first, so that nothing of it has to be kept over the call.
        unsafe packet.pointee.frame = frame
        unsafe packet.pointee.time = time
        unsafe packet.pointee.wireLength = wireLength
        unsafe packet.pointee.start = start
        unsafe packet.pointee.end = end
        count &+= 1
        unsafe packet.pointee.verdict = packet.pointee.view.decode(
            piece.extracting(unchecked: start..<end),
            wireLength: wireLength,
            link: link
        )
    }

    /// The packet that was added last, which there must be.
    public func withLast(_ body: (PacketView, PacketVerdict) -> Void) {
        precondition(count > 0)
        let packet = unsafe packets + (count &- 1)
        unsafe body(packet.pointee.view, packet.pointee.verdict)
    }

    /// A packet; `index` is below `count`.
    @inline(__always)
    func packet(_ index: Int) -> UnsafeMutablePointer<PendingPacket> { unsafe packets + index }

    mutating func removeAll() { count = 0 }
}
