import Wire

extension Packets {
    /// An ICMP error with extension objects: class, type and body of each (RFC 4884 §7).
    static func extended(_ objects: [(number: UInt8, type: UInt8, body: [UInt8])]) -> [UInt8] {
        var structure = hex("2000 0000")
        for object in objects {
            structure += [0, UInt8(4 + object.body.count), object.number, object.type] + object.body
        }
        let sum = InternetChecksum(over: structure).value
        structure[2] = UInt8(sum >> 8)
        structure[3] = UInt8(truncatingIfNeeded: sum)
        let quote = ipv4(1, echo4)
        let padded = quote + [UInt8](repeating: 0, count: 128 - quote.count)
        return error(11, 0, rest: [0, 32, 0, 0], padded + structure)
    }

    /// RFC 5837: index, address, name and MTU of the interface where the datagram arrived.
    static let interface = hex("00000007 0001 0000 c0000201 0c 78652d302f302f3000 0000 000005dc")

    /// With a label stack (RFC 4950) and an interface.
    static let labelledError = extended([
        (number: 1, type: 1, body: hex("00061a01 186a1b02")), (number: 2, type: 0x0F, body: interface),
    ])
}
