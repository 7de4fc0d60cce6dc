import Sockets
import Testing
import Wire

@Suite("IPv6 addresses of the host's interfaces")
struct InterfaceAddressTests {
    /// As the kernel writes them: a loopback, a link-local, a unique local, a deprecated, a temporary, a tentative.
    private static let table = [
        "00000000000000000000000000000001 01 80 10 80       lo",
        "fe80000000000000705aa1fffeacc6a1 02 40 20 80     eth0",
        "fd000001000000000000000000000001 02 40 00 80     eth0",
        "fd000003000000000000000000000009 03 40 00 20     tun0",
        "fd000003000000000000000000000008 03 40 00 01     tun0",
        "fd000003000000000000000000000007 03 40 00 c0     tun0",
        "fd000004000000000000000000000001 03 40 00 80     tun0",
    ].compactMap { InterfaceAddress($0) }

    private func source(_ router: String, by interface: Int32?) throws -> String? {
        let router = try #require(IPv6Address(router) as IPv6Address?)
        return InterfaceAddress.source(towards: router, by: interface, among: Self.table)?.description
    }

    @Test("a line is address, interface, prefix, scope and flags")
    func line() throws {
        #expect(Self.table.count == 7)
        #expect(Self.table[2].address == IPv6Address("fd00:1::1") && Self.table[2].interface == 2)
        #expect(Self.table[2].prefixLength == 64)
        #expect(Self.table.map(\.isUsable) == [false, false, true, true, true, false, true])
    }

    @Test("other lines are none", arguments: ["", "fe80 02 40 20 80 eth0", "x", "0 0 0 0 0 0"])
    func odd(line: String) {
        #expect(InterfaceAddress(line) == nil)
    }

    @Test("the source lies in the router's subnet, rather temporary than deprecated")
    func near() throws {
        #expect(try source("fd00:3::2", by: 3) == "fd00:3::8")
        #expect(try source("fd00:4::2", by: 3) == "fd00:4::1")
        #expect(try source("fd00:1::2", by: nil) == "fd00:1::1")
    }

    @Test("a link-local router is asked from a global address of the interface")
    func linkLocal() throws {
        #expect(try source("fe80::1", by: 2) == "fd00:1::1")
        #expect(try source("fe80::1", by: 3) == "fd00:4::1")
    }

    @Test("an interface without a usable address has no source")
    func none() throws {
        #expect(try source("fd00:1::2", by: 1) == nil)
    }
}
