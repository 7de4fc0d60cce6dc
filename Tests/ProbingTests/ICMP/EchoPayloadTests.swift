import Testing
import Wire

@testable import Probing

@Suite("Data of our echo requests")
struct EchoPayloadTests {
    private func bytes(_ payload: EchoPayload) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: EchoPayload.length)
        buffer.withUnsafeMutableBytes { payload.write(into: $0) }
        return buffer
    }

    private func request(number: UInt32) throws -> [UInt8] {
        let payload = EchoPayload(cookie: 0xDEAD_BEEF_0BAD_F00D, stream: 12, lap: UInt16(number >> 16))
        var packet = [UInt8](repeating: 0, count: 64)
        let length = try packet.withUnsafeMutableBytes { buffer in
            try ICMPEcho.write(
                .request,
                family: .v4,
                identifier: 0x1234,
                sequence: UInt16(truncatingIfNeeded: number),
                payload: bytes(payload).span.bytes,
                balanced: true,
                into: buffer
            )
        }
        return Array(packet[..<length])
    }

    @Test("what is written is read")
    func roundTrip() {
        let payload = EchoPayload(cookie: 0x0102_0304_0506_0708, stream: 70_000, lap: 0xABCD)
        #expect(bytes(payload).withUnsafeBytes { EchoPayload(reading: $0) } == payload)
    }

    @Test("data cut short or changed is not ours")
    func damaged() {
        let good = bytes(EchoPayload(cookie: 7, stream: 1, lap: 9))
        #expect(good.prefix(19).withUnsafeBytes { EchoPayload(reading: $0) } == nil)
        var bad = good
        bad[15] ^= 1
        #expect(bad.withUnsafeBytes { EchoPayload(reading: $0) } == nil)
    }

    @Test("the first four bytes, which routers hash, are the same for all probes of a stream")
    func constantFlow() throws {
        let first = try request(number: 0)
        for number in [1, 2, 255, 65_535, 65_536, 1_000_000, UInt32.max] {
            #expect(try request(number: number).prefix(4) == first.prefix(4))
        }
    }
}
