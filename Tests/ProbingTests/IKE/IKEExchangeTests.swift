import Testing
import Wire

@testable import Probing

@Suite("IKE questions and answers")
struct IKEExchangeTests {
    private func question(_ exchange: inout IKEExchange, _ number: UInt32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xEE, count: 1024)
        let length = buffer.withUnsafeMutableBytes { exchange.write(number, wall: 0, into: $0) }
        return Array(buffer[..<length])
    }

    private func refusal(_ notify: IKENotify, to request: [UInt8], marker: Bool = false) throws -> [UInt8] {
        let header = try IKEHeader(decoding: request.span.bytes.extracting((marker ? 4 : 0)..<request.count))
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = try buffer.withUnsafeMutableBytes {
            try IKEResponse.writeRefusal(notify, to: header, nonESPMarker: marker, into: $0)
        }
        return Array(buffer[..<length])
    }

    @Test("each probe has an SPI of its own and is a whole IKE_SA_INIT")
    func fresh() throws {
        var exchange = IKEExchange(nonESPMarker: false)
        let first = try IKERequest(decoding: question(&exchange, 0).span.bytes)
        let second = try IKERequest(decoding: question(&exchange, 1).span.bytes)
        #expect(first.header.initiatorSPI != second.header.initiatorSPI)
        #expect(first.header.responderSPI == 0)
        #expect(first.header.exchange == .saInit)
        #expect(first.header.messageID == 0)
    }

    @Test(
        "a refusal is an answer and is named",
        arguments: [
            (IKENotify.noProposalChosen, "NO_PROPOSAL_CHOSEN"), (.invalidKEPayload, "INVALID_KE_PAYLOAD"),
        ]
    )
    func refusals(notify: IKENotify, name: String) throws {
        var exchange = IKEExchange(nonESPMarker: false)
        let request = question(&exchange, 3)
        let answer = try refusal(notify, to: request).withUnsafeBytes { exchange.read($0) }
        #expect(answer == DatagramAnswer(number: 3, name: name))
    }

    @Test("behind the non-ESP marker on the NAT traversal port")
    func marker() throws {
        var exchange = IKEExchange(nonESPMarker: true)
        let request = question(&exchange, 4)
        #expect(request.prefix(4) == [0, 0, 0, 0])
        let answer = try refusal(.noProposalChosen, to: request, marker: true)
        #expect(answer.withUnsafeBytes { exchange.read($0) }?.number == 4)
        #expect(answer.dropFirst(4).withUnsafeBytes { exchange.read($0) } == nil)
    }

    @Test("our own request that comes back, and an answer to another, are none")
    func foreign() throws {
        var exchange = IKEExchange(nonESPMarker: false)
        let request = question(&exchange, 0)
        #expect(request.withUnsafeBytes { exchange.read($0) } == nil)
        var other = IKEExchange(nonESPMarker: false)
        let answer = try refusal(.noProposalChosen, to: question(&other, 0))
        #expect(answer.withUnsafeBytes { exchange.read($0) } == nil)
    }

    @Test("every shorter answer is refused")
    func short() throws {
        var exchange = IKEExchange(nonESPMarker: false)
        let answer = try refusal(.noProposalChosen, to: question(&exchange, 0))
        for length in 0..<answer.count {
            #expect(answer.prefix(length).withUnsafeBytes { exchange.read($0) } == nil)
        }
    }
}

@Suite("One IKE request per gateway every five seconds")
struct GatewayGateTests {
    private let second: Int64 = 1_000_000_000
    private let gateway = IPAddress.v4(IPv4Address(20, 41, 0, 10))

    @Test("who asks too soon gets the next free moment, in the order of asking")
    func queue() {
        var gate = GatewayGate()
        #expect(gate.reserve(gateway, now: 0) == 0)
        #expect(gate.reserve(gateway, now: second) == 5 * second)
        #expect(gate.reserve(gateway, now: 2 * second) == 10 * second)
        #expect(gate.reserve(gateway, now: 60 * second) == 60 * second)
    }

    @Test("gateways do not wait for each other")
    func apart() {
        var gate = GatewayGate()
        _ = gate.reserve(gateway, now: 0)
        #expect(gate.reserve(.v4(IPv4Address(20, 41, 0, 11)), now: 0) == 0)
    }

    @Test("what is over is forgotten")
    func prune() {
        var gate = GatewayGate()
        _ = gate.reserve(gateway, now: 0)
        gate.prune(now: 4 * second)
        #expect(gate.count == 1)
        gate.prune(now: 5 * second)
        #expect(gate.count == 0)
    }
}
