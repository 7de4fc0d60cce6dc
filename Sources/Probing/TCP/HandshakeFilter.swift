internal import Sockets
internal import Wire

/// Kernel filter for a raw TCP socket: of all that comes in, only the answers to SYNs from ports that probes take wake us.
enum HandshakeFilter {
    private static let loadByteIndexed: UInt16 = 0x50
    private static let loadHalfIndexed: UInt16 = 0x48
    private static let loadHeaderLength: UInt16 = 0xB1
    private static let loadImmediateX: UInt16 = 0x01
    private static let jumpEqual: UInt16 = 0x15
    private static let jumpAtLeast: UInt16 = 0x35
    private static let and: UInt16 = 0x54
    private static let answer: UInt16 = 0x06

    /// Packets of a raw IPv4 socket begin with the IP header, those of IPv6 with the segment.
    static func filter(_ family: AddressFamily) -> SocketFilter {
        let (low, high) = (PortChooser.low, PortChooser.high)
        return SocketFilter([
            family == .v4 ? .init(loadHeaderLength, 0) : .init(loadImmediateX, 0),  // 0: X = start of the segment
            .init(loadHalfIndexed, 2),  // 1: destination port
            .init(jumpAtLeast, UInt32(high.lowerBound), ifTrue: 2, ifFalse: 0),  // 2: upper range → 5
            .init(jumpAtLeast, UInt32(low.upperBound) + 1, ifTrue: 5, ifFalse: 0),  // 3: between → drop
            .init(jumpAtLeast, UInt32(low.lowerBound), ifTrue: 0, ifFalse: 4),  // 4: below → drop
            .init(loadByteIndexed, 13),  // 5: flags
            .init(and, UInt32(TCPFlags([.syn, .rst, .ack]).rawValue)),  // 6
            .init(jumpEqual, UInt32(TCPFlags([.syn, .ack]).rawValue), ifTrue: 2, ifFalse: 0),  // 7: SYN-ACK → 10
            .init(jumpEqual, UInt32(TCPFlags([.rst, .ack]).rawValue), ifTrue: 1, ifFalse: 0),  // 8: refusal → 10
            .init(answer, 0),  // 9: drop
            .init(answer, 0x40000),  // 10: pass
        ])
    }
}
