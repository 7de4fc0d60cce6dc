import Settings
import Testing
import Wire

@Suite("facts of the host")
struct HostWarningsTests {
    static let vpns = """
        vpns:
          a: {pin: {interface: tun0}}
          b: {pin: {interface: tun1}}
          c: {pin: {source: 10.9.0.1}}

        """

    @Test("an interface and an address that are not there are warnings, and the file is good")
    func missing() throws {
        var host = TestHost()
        host.interfaces = ["tun0"]
        host.addresses = []
        let loaded = try load(Self.vpns, host: host)
        _ = try loaded.configuration()
        #expect(loaded.warnings.map { $0.prefix(17) } == ["netprobe.yml:3:24", "netprobe.yml:4:21"])
        #expect(loaded.warnings.first?.contains("no interface 'tun1'") == true)
    }

    @Test("a link-local next hop needs the pin's interface")
    func linkLocalNextHop() throws {
        var host = TestHost()
        host.interfaces = ["tun0"]
        let good = try load("vpns: {a: {pin: {interface: tun0, next_hop: \"fe80::2\"}}}\n", host: host)
        _ = try good.configuration()
        #expect(good.warnings.isEmpty)
        let bad = try load("vpns: {a: {pin: {mark: 7, next_hop: \"fe80::2\"}}}\n", host: host)
        #expect(
            bad.errors == [
                "netprobe.yml:1:37: error: next_hop fe80::2 is link-local, and the pin names no interface; "
                    + "allowed: a pin by interface, or a next_hop that is good on every link"
            ]
        )
    }

    @Test("a captured interface that is not there is a warning: it may come")
    func missingCapture() throws {
        var host = TestHost()
        host.interfaces = ["eth0"]
        let loaded = try load("capture: {interfaces: [eth0, tap9]}\n", host: host)
        #expect(try loaded.configuration().capture.interfaces == ["eth0", "tap9"])
        #expect(
            loaded.warnings == [
                "netprobe.yml:1:30: warning: there is no interface 'tap9' on this host: it is captured when it appears"
            ]
        )
    }

    @Test("BFD that is to be observed where nothing is captured is a warning")
    func unobserved() throws {
        let circuit = "er: {primary: {subnet: 172.16.0.0/30}, secondary: {subnet: 172.16.0.4/30}, bfd: observe}"
        let alone = try load("circuits: {\(circuit)}\n")
        #expect(alone.warnings.first?.hasPrefix("netprobe.yml:1:92: warning: bfd: observe sees nothing") == true)
        #expect(try load("circuits: {\(circuit)}\ncapture: {interfaces: [eth0]}\n").warnings.isEmpty)
    }

    @Test("the host's own libpcap judges a filter")
    func filter() {
        #expect(SystemHost().mistake(inFilter: "net 10.0.0.0/8 and tcp port 443") == nil)
        #expect(SystemHost().mistake(inFilter: "tcp prot 443")?.contains("syntax error") == true)
    }

    @Test("a secret file that others may read, that is not there or cannot be read is a warning")
    func secretFiles() throws {
        let yaml = "proxies: [{name: p, url: \"http://p:3128\", auth: {username: u, password_file: /p}}]\n"
        let cases: [(FileAccess, String)] = [
            (.readable(mode: 0o644), "open to everybody"), (.readable(mode: 0o640), "open to its group"),
            (.missing, "is not there"), (.unreadable, "cannot be read"), (.notAFile, "is no file"),
        ]
        for (access, expected) in cases {
            let loaded = try load(yaml, host: TestHost(files: ["/p": access]))
            _ = try loaded.configuration()
            #expect(loaded.warnings.count == 1)
            #expect(loaded.warnings.first?.contains(expected) == true, "\(loaded.warnings)")
        }
        #expect(try load(yaml).warnings.isEmpty)
    }

    @Test("strict reverse-path filtering is a trap with several interfaces only")
    func reversePath() throws {
        var host = TestHost()
        host.filters = ["tun0": 1, "tun1": 2]
        let loaded = try load(Self.vpns, host: host)
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings.first?.hasPrefix("netprobe.yml:2:24: warning: strict reverse-path filtering") == true)
        #expect(try load("vpns: {a: {pin: {interface: tun0}}}\n", host: host).warnings.isEmpty)
    }

    @Test("the interfaces of a circuit's connections fall into the same trap, whatever their pins are")
    func reversePathOfConnections() throws {
        var host = TestHost()
        host.filters = ["e1": 1, "e2": 1]
        host.connections = ["172.16.0.0/30": "e1", "172.16.0.4/30": "e2"]
        let yaml = """
            circuits:
              er:
                primary: {subnet: 172.16.0.0/30, pin: {source: 10.9.0.11}}
                secondary: {subnet: 172.16.0.4/30, pin: {source: 10.9.0.12}}
            """
        let traps = try load(yaml, host: host).warnings.filter { $0.contains("rp_filter=1") }
        #expect(traps.count == 2, "\(traps)")
    }

    @Test("two paths with one pin cannot be told apart")
    func samePin() throws {
        let loaded = try load("vpns:\n  a: {pin: {mark: 1}}\n  b: {pin: {mark: 0x1}}\n  c: {pin: {mark: 2}}\n")
        #expect(
            loaded.warnings == [
                "netprobe.yml:3:19: warning: the same pin as a at netprobe.yml:2:19: probes cannot tell the two paths apart"
            ]
        )
    }

    @Test("one pin for two paths is well where each carries its own family")
    func samePinOfFamilies() throws {
        let paths = "vpns:\n  a: {pin: {interface: lo}}\n  b: {pin: {interface: lo}}\n"
        let links = """
            links:
              - {name: four, tiers: [[a]], through: [icmp://10.1.0.4], workloads: [icmp://10.1.0.5]}
              - {name: six, tiers: [[b]], through: ["icmp://[fd01::4]"], workloads: ["icmp://[fd01::5]"]}
            """
        #expect(try !load(paths + links).warnings.contains { $0.contains("the same pin") })
        let both = links.replacing("[fd01::5]", with: "app.example")
        #expect(try load(paths + both).warnings.contains { $0.contains("the same pin as a at") })
    }

    @Test("a link without through probes says what decides instead")
    func noThrough() throws {
        let yaml =
            Sample.paths + """
                links:
                  - {name: edges, tiers: [[er/primary]], workloads: [icmp://10.0.0.1]}
                  - {name: nothing, peering: microsoft, tiers: [[internet]], workloads: [icmp://10.0.0.1]}
                """
        let warnings = try load(yaml).warnings
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("the edge alone decides") == true)
        #expect(warnings.last?.contains("nothing else proves internet") == true)
    }

    @Test("a timeout above the interval is said once, where it is written")
    func timeout() throws {
        let warnings = try load("probes: [{target: 10.0.0.1, timeout: 2s}, {target: 10.0.0.2, interval: 100ms}]\n")
            .warnings
        #expect(warnings.map { $0.prefix(17) } == ["netprobe.yml:1:38", "netprobe.yml:1:72"])
    }

    @Test("this host answers about itself")
    func system() {
        let host = SystemHost()
        #expect(!host.hostName.isEmpty)
        #expect(host.hasInterface("lo"))
        #expect(!host.hasInterface("no-such-if") && !host.hasInterface("../net/lo"))
        #expect(host.hasLocalAddress(.v4(IPv4Address(127, 0, 0, 1))))
        #expect(!host.hasLocalAddress(.v4(IPv4Address(192, 0, 2, 1))))
        #expect(host.access(to: "/") == .notAFile)
        #expect(host.access(to: "/nowhere") == .missing)
        #expect(host.reversePathFilter(of: "../..") == nil)
    }
}
