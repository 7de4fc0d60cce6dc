/// Capture files, built in memory, of one conversation.
public enum CaptureFile {
    /// SYN at 0 ms, SYN-ACK at 50 ms, ACK at 60 ms.
    public static let handshake: [(milliseconds: UInt32, packet: [UInt8])] = [
        (0, packet(1, 2, 40000, 443, 100, 0, 0x02)), (50, packet(2, 1, 443, 40000, 500, 101, 0x12)),
        (60, packet(1, 2, 40000, 443, 101, 501, 0x10)),
    ]

    /// A pcap file of the handshake.
    public static func pcap(link: UInt32 = 1) -> [UInt8] {
        var file: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0] + little(link)
        for (milliseconds, packet) in handshake {
            let length = UInt32(packet.count)
            file += little(1_700_000_000) + little(milliseconds * 1000) + little(length) + little(length) + packet
        }
        return file
    }

    /// ESP packets (SPI 0xABCD) with these sequence numbers, and BFD packets of a session that goes down, one a second.
    public static func guards(numbers: [UInt32]) -> [UInt8] {
        let esp = numbers.map { ip(50, big(0xABCD) + big($0) + [UInt8](repeating: 0, count: 16)) }
        let bfd = [UInt8(3), 3, 1].map { state in
            let control: [UInt8] = [0x20, state << 6, 3, 24] + big(1) + big(2) + big(50_000) + big(50_000) + big(0)
            return ip(17, [0xC0, 0, 0x0E, 0xC8, 0, 32, 0, 0] + control)
        }
        let packets = (esp + bfd).enumerated().map { enhanced($1, at: UInt64($0) * 1_000_000) }
        return pcapng(interface(), packets.flatMap { $0 })
    }

    private static func ip(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 2, count: 12) + [8, 0]
            + [0x45, 0, 0, UInt8(20 + body.count), 0, 9, 0, 0, 64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + body
    }

    /// A pcapng file: a section, and blocks.
    public static func pcapng(_ blocks: [UInt8]...) -> [UInt8] {
        block(0x0A0D_0D0A, little(0x1A2B_3C4D) + [1, 0, 0, 0] + [UInt8](repeating: 255, count: 8))
            + blocks.flatMap { $0 }
    }

    public static func interface(link: UInt16 = 1) -> [UInt8] {
        block(1, [UInt8(truncatingIfNeeded: link), UInt8(link >> 8), 0, 0] + little(0))
    }

    /// With its time, in microseconds since the epoch.
    public static func enhanced(_ packet: [UInt8], at microseconds: UInt64) -> [UInt8] {
        let length = UInt32(packet.count)
        let time = little(UInt32(microseconds >> 32)) + little(UInt32(truncatingIfNeeded: microseconds))
        return block(6, little(0) + time + little(length) + little(length) + packet)
    }

    /// A block that has no time.
    public static func simple(_ packet: [UInt8]) -> [UInt8] { block(3, little(UInt32(packet.count)) + packet) }

    private static func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        let length = little(UInt32(padded.count + 12))
        return little(type) + length + padded + length
    }

    private static func packet(
        _ source: UInt8,
        _ destination: UInt8,
        _ from: UInt16,
        _ to: UInt16,
        _ sequence: UInt32,
        _ acknowledgement: UInt32,
        _ flags: UInt8
    ) -> [UInt8] {
        let ip: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, source, 10, 0, 0, destination]
        let tcp = big(UInt32(from) << 16 | UInt32(to)) + big(sequence) + big(acknowledgement)
        return [UInt8](repeating: 2, count: 12) + [8, 0] + ip + tcp + [0x50, flags, 1, 0, 0, 0, 0, 0]
    }

    private static func little(_ value: UInt32) -> [UInt8] { big(value).reversed() }
    private static func big(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
