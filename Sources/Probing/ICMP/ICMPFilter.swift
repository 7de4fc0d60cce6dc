internal import Sockets

/// Kernel filters for raw ICMP sockets: only replies to our identifier, and errors that quote it, wake us.
enum ICMPFilter {
    /// Types that may pass: echo reply and the errors.
    static let typesV4: [UInt8] = [0, 3, 11, 12]
    static let typesV6: [UInt8] = [129, 1, 2, 3, 4]

    private static let loadByteAbsolute: UInt16 = 0x30
    private static let loadByteIndexed: UInt16 = 0x50
    private static let loadHalfAbsolute: UInt16 = 0x28
    private static let loadHalfIndexed: UInt16 = 0x48
    private static let loadHeaderLength: UInt16 = 0xB1
    private static let jumpEqual: UInt16 = 0x15
    private static let jumpGreater: UInt16 = 0x25
    private static let and: UInt16 = 0x54
    private static let shiftLeft: UInt16 = 0x64
    private static let addX: UInt16 = 0x0C
    private static let moveToX: UInt16 = 0x07
    private static let answer: UInt16 = 0x06

    /// For a raw IPv4 socket, whose packets begin with the IP header.
    static func v4(identifier: UInt16) -> SocketFilter {
        let id = UInt32(identifier)
        return SocketFilter([
            .init(loadHeaderLength, 0),  // 0: X = length of the IP header
            .init(loadByteIndexed, 0),  // 1: ICMP type
            .init(jumpEqual, 0, ifTrue: 0, ifFalse: 2),  // 2: echo reply? else 5
            .init(loadHalfIndexed, 4),  // 3: identifier
            .init(jumpEqual, id, ifTrue: 12, ifFalse: 13),  // 4: to 17 or 18
            .init(jumpEqual, 3, ifTrue: 2, ifFalse: 0),  // 5: unreachable → 8
            .init(jumpEqual, 11, ifTrue: 1, ifFalse: 0),  // 6: time exceeded → 8
            .init(jumpEqual, 12, ifTrue: 0, ifFalse: 10),  // 7: parameter problem → 8, else drop
            .init(loadByteIndexed, 17),  // 8: protocol of the quoted header
            .init(jumpEqual, 1, ifTrue: 0, ifFalse: 8),  // 9: ICMP? else drop
            .init(loadByteIndexed, 8),  // 10: its version and length
            .init(and, 15),  // 11
            .init(shiftLeft, 2),  // 12
            .init(addX, 0),  // 13
            .init(moveToX, 0),  // 14: X = IP header + quoted IP header
            .init(loadHalfIndexed, 12),  // 15: quoted identifier (8 of our ICMP header, 4 of the quoted)
            .init(jumpEqual, id, ifTrue: 0, ifFalse: 1),  // 16
            .init(answer, 0x40000),  // 17: pass
            .init(answer, 0),  // 18: drop
        ])
    }

    /// For a raw ICMPv6 socket, whose packets begin with the ICMPv6 header.
    static func v6(identifier: UInt16) -> SocketFilter {
        let id = UInt32(identifier)
        return SocketFilter([
            .init(loadByteAbsolute, 0),  // 0: ICMPv6 type
            .init(jumpEqual, 129, ifTrue: 0, ifFalse: 2),  // 1: echo reply? else 4
            .init(loadHalfAbsolute, 4),  // 2: identifier
            .init(jumpEqual, id, ifTrue: 5, ifFalse: 6),  // 3: to 9 or 10
            .init(jumpGreater, 4, ifTrue: 5, ifFalse: 0),  // 4: no error → drop
            .init(loadByteAbsolute, 14),  // 5: next header of the quoted IPv6 header
            .init(jumpEqual, 58, ifTrue: 0, ifFalse: 3),  // 6: ICMPv6? else drop
            .init(loadHalfAbsolute, 52),  // 7: quoted identifier
            .init(jumpEqual, id, ifTrue: 0, ifFalse: 1),  // 8
            .init(answer, 0x40000),  // 9: pass
            .init(answer, 0),  // 10: drop
        ])
    }
}
