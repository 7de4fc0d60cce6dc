/// What sides have beyond their records.
struct SideParts: ~Copyable {
    var quantiles: QuantilePool
    var timestamps: BlockPool<SideTimestamps>
    var details: BlockPool<SideDetails>

    init(flows: Int, isExact: Bool) {
        quantiles = QuantilePool(blocks: flows * 2, limit: isExact ? 1 << 30 : flows * 2)
        timestamps = BlockPool(sides: flows * 2)
        details = BlockPool(sides: flows * 2)
    }

    func withMemory(_ body: (UnsafeMutableRawPointer, Int) -> Void) {
        unsafe quantiles.withMemory(body)
        unsafe timestamps.withMemory(body)
        unsafe details.withMemory(body)
    }

    /// Gives back all that a side has.
    mutating func release(_ side: inout FlowSide, _ pool: inout StampPool) {
        releaseTimestamps(side.timestampBlock, &pool)
        quantiles.release(&side.acknowledgedQuantiles)
        var echoed = timestamps[side.timestampBlock].quantiles
        quantiles.release(&echoed)
        timestamps.release(&side.timestampBlock)
        details.release(&side.detailBlock)
    }

    /// Forgets the timestamp values that wait for their echo, in a block.
    mutating func releaseTimestamps(_ block: UInt32, _ pool: inout StampPool) {
        guard block != 0 else { return }
        unsafe timestamps.place(block).pointee.waiting.release(&pool)
    }
}

/// What the timestamps of a side's segments need.
struct SideTimestamps: BitwiseCopyable {
    /// Timestamp values that wait for their echo.
    var waiting = StampRing()
    /// Of the round trips from value to echo.
    var echoed = RoundTripStatistics()
    /// A block of `QuantilePool`; 0 without.
    var quantiles: UInt32 = 0
}

/// What one side in thirty of a usual capture needs.
struct SideDetails: BitwiseCopyable {
    var counters = FlowCounters()
    /// Of BFD and BGP.
    var control = ControlMessages()
    /// A segment sent again after it was acknowledged, while the mark `hasRepeated` is there.
    var repeated = Stamp(time: 0, key: 0, start: 0)
    /// Of DNS over TCP: the question that waits for its answer, while its time is not 0.
    var question = Stamp(time: 0, key: 0, start: 0)
    /// Complements, so that zeros are the start.
    private var handshakeComplement: Int64 = 0
    private var wholeHandshakeComplement: Int64 = 0

    /// The round trip to the other end in the handshake; -1 without.
    var handshake: Int64 {
        get { ~handshakeComplement }
        set { handshakeComplement = ~newValue }
    }

    /// The whole round trip of the handshake, of the side that opened; -1 without.
    var wholeHandshake: Int64 {
        get { ~wholeHandshakeComplement }
        set { wholeHandshakeComplement = ~newValue }
    }
}
