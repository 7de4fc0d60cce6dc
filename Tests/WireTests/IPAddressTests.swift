import TestSupport
import Testing
import Wire

@Suite("Addresses as text")
struct IPAddressTests {
    @Test(
        "an IPv4 address reads and prints",
        arguments: [
            ("0.0.0.0", 0), ("10.0.0.1", 0x0A00_0001), ("127.0.0.1", 0x7F00_0001),
            ("255.255.255.255", UInt32.max), ("192.0.2.10", 0xC000_020A),
        ] as [(String, UInt32)]
    )
    func ipv4(text: String, value: UInt32) {
        #expect(IPv4Address(text)?.rawValue == value)
        #expect(IPv4Address(rawValue: value).description == text)
    }

    @Test(
        "what is no IPv4 address is refused",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.00",
            "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "1.2.3.-4", "1.2.3.4a", "0x1.2.3.4", "١.2.3.4",
            "1.2.3.99999999999999999999",
        ]
    )
    func notIPv4(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test(
        "an IPv6 address reads in its forms and prints as RFC 5952 says",
        arguments: [
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ]
    )
    func ipv6(text: String, canonical: String) {
        #expect(IPv6Address(text)?.description == canonical)
    }

    @Test(
        "what is no IPv6 address is refused",
        arguments: [
            "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::g", "1:", ":1",
            "::1:", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "fe80::1%eth0",
            "[::1]", "+1::", "::-1", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4",
        ]
    )
    func notIPv6(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test("any IPv6 address survives print and read")
    func roundTrip() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            // Sparse masks make runs of zeros frequent.
            let high = generator.next() & generator.next() & generator.next()
            let low = generator.next() & (generator.next() % 3 == 0 ? 0xFFFF_0000_0000_FFFF : 0xFFFF)
            let address = IPv6Address(high: high, low: low)
            #expect(IPv6Address(address.description) == address)
        }
    }

    @Test("random text never traps")
    func randomText() {
        var generator = SeededGenerator(seed: 4)
        let alphabet = Array("0123456789abf:./%é")
        for _ in 0..<5000 {
            let length = Int(generator.next() % 24)
            let text = String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? ":" })
            if let address = IPAddress(text) { #expect(IPAddress(address.description) == address) }
            if let subnet = Subnet(text) { #expect(Subnet(subnet.description) == subnet) }
        }
    }

    @Test("families do not mix in order or loopback")
    func families() throws {
        let v4 = try #require(IPAddress("255.255.255.255"))
        let v6 = try #require(IPAddress("::"))
        #expect(v4 < v6)
        #expect(v4.family == .v4 && v6.family == .v6)
        #expect(try #require(IPAddress("127.9.9.9")).isLoopback)
        #expect(try #require(IPAddress("::1")).isLoopback)
        #expect(!v6.isLoopback && !v4.isLoopback)
    }
}

@Suite("Subnets")
struct SubnetTests {
    @Test(
        "a prefix reads and prints",
        arguments: ["0.0.0.0/0", "10.0.0.0/8", "172.16.0.4/30", "1.2.3.4/32", "::/0", "2001:db8::/32", "::1/128"]
    )
    func valid(text: String) {
        #expect(Subnet(text)?.description == text)
    }

    @Test(
        "what is no prefix is refused",
        arguments: [
            "10.0.0.0", "10.0.0.0/", "/8", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/-1",
            "::/129", "::1/127", "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.0/256",
        ]
    )
    func invalid(text: String) {
        #expect(Subnet(text) == nil)
    }

    @Test(
        "a subnet holds its own addresses only",
        arguments: [
            ("172.16.0.4/30", "172.16.0.7", true), ("172.16.0.4/30", "172.16.0.8", false),
            ("172.16.0.4/30", "172.16.0.3", false), ("0.0.0.0/0", "255.1.2.3", true), ("0.0.0.0/0", "::", false),
            ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
            ("2001:db8::4/126", "2001:db8::7", true), ("2001:db8::4/126", "2001:db8::8", false),
        ]
    )
    func contains(prefix: String, address: String, inside: Bool) throws {
        let subnet = try #require(Subnet(prefix))
        #expect(subnet.contains(try #require(IPAddress(address))) == inside)
    }

    @Test("addresses are counted from the first, and none lies outside")
    func indexed() throws {
        let edge = try #require(Subnet("172.16.0.4/30"))
        #expect(edge.address(at: 1)?.description == "172.16.0.5")
        #expect(edge.address(at: 3)?.description == "172.16.0.7")
        #expect(edge.address(at: 4) == nil)
        #expect(try #require(Subnet("0.0.0.0/0")).address(at: .max)?.description == "255.255.255.255")
        #expect(try #require(Subnet("2001:db8::8/126")).address(at: 2)?.description == "2001:db8::a")
        #expect(try #require(Subnet("::1/128")).address(at: 1) == nil)
    }

    @Test("a mask length outside the family is clamped", arguments: [-1, 0, 32, 33, 128, 129, 1000])
    func clamped(length: Int) throws {
        let v4 = try #require(IPAddress("255.255.255.255"))
        let v6 = try #require(IPAddress("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
        #expect(Subnet.masked(v4, to: length).description == (length <= 0 ? "0.0.0.0" : "255.255.255.255"))
        let expected =
            length <= 0 ? "::" : length == 32 ? "ffff:ffff::" : length == 33 ? "ffff:ffff:8000::" : v6.description
        #expect(Subnet.masked(v6, to: length).description == expected)
    }
}
