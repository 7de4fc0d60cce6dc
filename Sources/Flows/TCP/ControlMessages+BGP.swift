internal import Wire

extension ControlMessages {
    /// BGP (RFC 4271): messages that a segment starts with. The time between them shows how near the hold timer came, a
    /// notification why the session ended.
    @inline(never)
    mutating func takeBGP(_ payload: RawSpan, time: Int64) {
        var walk = BGPMessageWalk()
        while let found = try? walk.next(in: payload) {
            _ = count(time: time)
            guard found.header.type == .notification, found.range.count > BGPHeader.length else { continue }
            alarms &+= 1
            state = payload.byte(at: found.range.lowerBound + BGPHeader.length)
        }
    }
}

extension RawSpan {
    fileprivate func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
