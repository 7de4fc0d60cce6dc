import Sockets
import Testing
import Wire

@Suite("Requests to rtnetlink")
struct NetlinkRequestTests {
    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("a question for a flow is what the kernel was asked in the recording")
    func flow() throws {
        let question = RouteQuestion(
            destination: try #require(IPAddress("10.1.0.4")),
            flow: .init(ipProtocol: 6, sourcePort: 40000, destinationPort: 443)
        )
        let expected =
            "3c0000001a0001000700000000000000022000000000000000000000080001000a01000405001b000600000006001c009c400000"
            + "06001d0001bb0000"
        #expect(hexadecimal(NetlinkRequest.route(question, interface: 0).numbered(7)) == expected)
    }

    @Test("a connection over IPv4 is asked for again with the source that the kernel chose, nothing else is")
    func again() throws {
        let chosen = try #require(IPAddress("10.9.0.1"))
        let target = try #require(IPAddress("10.1.0.4"))
        let flow = RouteQuestion.Flow(ipProtocol: 6, sourcePort: 61_000, destinationPort: 443)
        let question = RouteQuestion(destination: target, mark: 4, flow: flow)
        let expected = RouteQuestion(destination: target, source: chosen, mark: 4, flow: flow)
        #expect(question.repeated(from: chosen) == expected)
        #expect(question.repeated(from: nil) == nil)
        #expect(expected.repeated(from: chosen) == nil)
        let echo = RouteQuestion(destination: target, flow: .init(ipProtocol: 1))
        #expect(echo.repeated(from: chosen) == nil)
        let six = RouteQuestion(destination: try #require(IPAddress("fd01::4")), flow: flow)
        #expect(six.repeated(from: IPAddress("fd09::1")) == nil)
    }

    @Test("source, interface and mark are asked with")
    func pin() throws {
        let question = RouteQuestion(
            destination: try #require(IPAddress("10.1.0.4")),
            source: IPAddress("10.9.0.11"),
            mark: 0x0102_0304
        )
        let text = hexadecimal(NetlinkRequest.route(question, interface: 3).numbered(1))
        #expect(text.contains("080002000a09000b"))
        #expect(text.contains("0800040003000000"))
        #expect(text.contains("0800100004030201"))
        // rtm_src_len must say that the source is a whole address.
        #expect(text.dropFirst(32).hasPrefix("022020"))
    }

    @Test("a port of zero is left out, for the kernel refuses it")
    func noPort() throws {
        let question = RouteQuestion(
            destination: try #require(IPAddress("fd00::1")),
            flow: .init(ipProtocol: 58)
        )
        let text = hexadecimal(NetlinkRequest.route(question, interface: 0).numbered(1))
        #expect(text.contains("05001b003a000000"))
        #expect(!text.contains("06001c00"))
        #expect(!text.contains("06001d00"))
    }

    @Test("the length field counts every byte", arguments: ["a", "eth0", "abcdefghijklmno"])
    func length(name: String) {
        let bytes = NetlinkRequest.link(name: name).numbered(1)
        #expect(Int(bytes[0]) == bytes.count)
        #expect(bytes.count % 4 == 0)
    }
}
