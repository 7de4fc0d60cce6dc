internal import Wire

/// The flow of an echo request: routers hash the first four bytes of ICMP, type, code and checksum.
enum EchoFlow {
    /// Writes the word that brings the checksum to the number of the flow, whatever identifier and cookie: the same in
    /// every run. The sequence number is balanced elsewhere.
    /// - Parameters:
    ///   - payload: with two bytes of balance, which count as nothing.
    ///   - offset: even, of the word.
    static func set(_ flow: Int, in payload: inout [UInt8], at offset: Int, identifier: UInt16) {
        payload[offset] = 0
        payload[offset + 1] = 0
        var sum = InternetChecksum()
        sum.add(identifier)
        let rest = Array(payload.dropFirst(2))
        sum.add(rest.span.bytes)
        sum.add(~UInt16(truncatingIfNeeded: flow + 1))
        payload[offset] = UInt8(truncatingIfNeeded: sum.value >> 8)
        payload[offset + 1] = UInt8(truncatingIfNeeded: sum.value)
    }
}
