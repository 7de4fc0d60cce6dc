internal import Wire

/// The initiator's first message of IKEv2 and nothing after it (RFC 7296 §1.2): a fresh SPI for each probe, no key
/// is ever agreed, IKE_AUTH is never sent. Any well-formed IKE answer to our SPI proves the gateway alive.
struct IKEExchange: DatagramExchange {
    private let nonESPMarker: Bool
    private var sent: ContiguousArray<(number: UInt32, spi: UInt64)>
    private static let memory = 32

    init(nonESPMarker: Bool) {
        self.nonESPMarker = nonESPMarker
        sent = ContiguousArray(repeating: (.max, 0), count: Self.memory)
    }

    mutating func write(_ number: UInt32, wall: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var random = SystemRandomNumberGenerator()
        let spi = UInt64.random(in: 1...UInt64.max, using: &random)
        sent[Int(number) % Self.memory] = (number, spi)
        let group = IKEGroup.modp2048
        return withUnsafeTemporaryAllocation(byteCount: group.keyLength + 32, alignment: 8) { bytes in
            for offset in stride(from: 0, to: bytes.count, by: 8) {
                bytes.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
            }
            // Below the group's prime, whose first eight bytes are ones.
            bytes[0] &= 0x7F
            let all = UnsafeRawBufferPointer(bytes)
            let length = try? IKESAInitRequest.write(
                initiatorSPI: spi,
                group: group,
                key: all.bytes.extracting(0..<group.keyLength),
                nonce: all.bytes.extracting(group.keyLength..<bytes.count),
                nonESPMarker: nonESPMarker,
                into: buffer
            )
            return length ?? 0
        }
    }

    func read(_ datagram: UnsafeRawBufferPointer) -> DatagramAnswer? {
        guard let start = messageStart(datagram) else { return nil }
        let message = UnsafeRawBufferPointer(rebasing: datagram[start...])
        guard let number = number(atStart: message),
            let response = try? IKEResponse(decoding: message.bytes, initiatorSPI: spi(of: number))
        else { return nil }
        return DatagramAnswer(number: number, name: response.answer.name)
    }

    func number(quoted data: UnsafeRawBufferPointer) -> UInt32? {
        guard let start = messageStart(data) else { return nil }
        return number(atStart: UnsafeRawBufferPointer(rebasing: data[start...]))
    }

    private func messageStart(_ datagram: UnsafeRawBufferPointer) -> Int? {
        nonESPMarker ? NonESPMarker.messageOffset(in: datagram.bytes) : 0
    }

    private func number(atStart message: UnsafeRawBufferPointer) -> UInt32? {
        guard message.count >= 8 else { return nil }
        let spi = UInt64(bigEndian: message.loadUnaligned(as: UInt64.self))
        guard spi != 0 else { return nil }
        return sent.first { $0.spi == spi }?.number
    }

    private func spi(of number: UInt32) -> UInt64 { sent[Int(number) % Self.memory].spi }
}
