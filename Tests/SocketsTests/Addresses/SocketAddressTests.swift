import Model
import Sockets
import TestSupport
import Testing
import Wire

@Suite("Socket addresses")
struct SocketAddressTests {
    @Test("what is bound is read back", arguments: ["127.0.0.1", "127.9.8.7", "::1"])
    func roundTrip(text: String) throws {
        let address = try #require(IPAddress(text))
        let socket = try Socket(address.family, .datagram)
        try socket.bind(to: SocketAddress(address))
        let local = try socket.localAddress()
        #expect(local.address == address)
        #expect(local.port != 0)
    }

    @Test("an IPv6 address stands in brackets before its port")
    func text() throws {
        #expect(SocketAddress(try #require(IPAddress("10.0.0.1")), port: 53).description == "10.0.0.1:53")
        #expect(SocketAddress(try #require(IPAddress("fd00::1")), port: 53).description == "[fd00::1]:53")
    }
}
