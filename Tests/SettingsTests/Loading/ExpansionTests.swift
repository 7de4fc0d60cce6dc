import Model
import Settings
import Testing
import Wire

@Suite("includes, templates and tables")
struct ExpansionTests {
    static let template = """
        templates:
          base:
            name: "seoul-${region}"
            tiers: [[er/primary, er/secondary], [vpn]]
            through: ["icmp://${vnet}"]
            workloads: [{target: "tcp://${vnet}:${port}", flows: 2}]
            labels: {region: "${region}", team: core}
            port: 443
          careful: {extends: base, detection: {down_after: 5, up_after: 50}}

        """

    @Test("a link takes what its template says, its parameters and its own values")
    func extends() throws {
        let yaml =
            Sample.paths + Self.template + """
                links:
                  - {extends: careful, region: japaneast, vnet: 10.2.0.4, detection: {down_after: 6}, labels: {team: edge}}
                """
        let link = try #require(try load(yaml).configuration().links.first)
        #expect(link.name == "seoul-japaneast")
        #expect(link.through.map(\.target.description) == ["icmp://10.2.0.4"])
        #expect(link.workloads.map(\.target.description) == ["tcp://10.2.0.4:443"])
        #expect(link.labels == ["region": "japaneast", "team": "edge"])
        #expect(link.detection.downAfter == 6)
        #expect(link.detection.upAfter == 50)
        #expect(link.tiers.count == 2)
    }

    @Test("a mistake in a parameter points at the parameter")
    func position() throws {
        let yaml =
            Sample.paths + Self.template + """
                links:
                  - {extends: base, region: x, vnet: 10.2.0.400}
                """
        let loaded = try load(yaml)
        let line = yaml.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(!loaded.errors.isEmpty)
        #expect(loaded.errors.allSatisfy { $0.hasPrefix("netprobe.yml:\(line):38: ") }, "\(loaded.errors)")
    }

    @Test("what a parameter holds is not expanded again")
    func onceOnly() throws {
        let yaml =
            Sample.paths + Self.template + """
                links:
                  - {extends: base, region: "${vnet}", vnet: 10.2.0.4}
                """
        #expect(try !load(yaml).errors.isEmpty)
    }

    @Test("each row of a CSV file is a link", arguments: ["\n", "\r\n"])
    func csv(end: String) throws {
        let rows = ["region,vnet,port,name", "a,10.2.0.4,,", "\"b\",\"10.3.0.4\",8443,\"named\"", "", "c,10.4.0.4,1,"]
        let yaml = Sample.paths + Self.template + "links_from: {file: links.csv, template: base}\n"
        let links = try load(yaml, files: ["links.csv": rows.joined(separator: end) + end]).configuration().links
        #expect(links.map(\.name) == ["seoul-a", "named", "seoul-c"])
        #expect(links.map { $0.workloads.first?.target.port } == [443, 8443, 1])
    }

    @Test("each object of a JSON list is a link, and may hold lists")
    func json() throws {
        let table = """
            [
            \t{"region": "a", "vnet": "10.2.0.4", "port": 8443},
            \t{"region": "b", "vnet": "10.3.0.4", "workloads": ["icmp://10.3.0.5"]}
            ]
            """
        let yaml = Sample.paths + Self.template + "links_from: [{file: links.json, template: base}]\n"
        let links = try load(yaml, files: ["links.json": table]).configuration().links
        #expect(links.map(\.name) == ["seoul-a", "seoul-b"])
        #expect(links.last?.workloads.map(\.target.description) == ["icmp://10.3.0.5"])
    }

    @Test("a quoted field may hold commas, quotes and line ends, and later rows keep their line")
    func quotedFields() throws {
        let yaml = Sample.paths + Self.template + "links_from: {file: links.csv, template: base}\n"
        let loaded = try load(
            yaml,
            files: ["links.csv": "region,vnet\n\"a,\"\"b\"\"\nc\",10.2.0.4\nd,nowhere at all\n"]
        )
        #expect(
            loaded.errors.contains { $0.hasPrefix("links.csv:2:1: ") && $0.contains("a,\"b\"") },
            "\(loaded.errors)"
        )
        #expect(loaded.errors.contains { $0.hasPrefix("links.csv:4:3: ") }, "\(loaded.errors)")
    }

    @Test("included files add to the lists and mappings of the first")
    func include() throws {
        let files = [
            "a.yml": "site: {vantage: v}\nlinks: [{name: a, tiers: [[vpn]]}]\n",
            "b.yml": "vpns: {other: {}}\nlinks: [{name: b, tiers: [[other]]}]\n",
        ]
        let yaml = Sample.paths + "site: {name: s}\ninclude: [a.yml, b.yml]\nlinks: [{name: first, tiers: [[vpn]]}]\n"
        let configuration = try load(yaml, files: files).configuration()
        #expect(configuration.links.map(\.name) == ["first", "a", "b"])
        #expect(configuration.site.name == "s" && configuration.site.vantage == "v")
        #expect(configuration.vpns.map(\.name) == ["vpn", "other"])
    }

    @Test("a name in two files is an error that names both")
    func duplicateAcrossFiles() throws {
        let files = ["a.yml": "vpns: {vpn: {}}\nlinks: [{name: x, tiers: [[vpn]]}]\n"]
        let loaded = try load(Sample.paths + "include: [a.yml]\nlinks: [{name: x, tiers: [[vpn]]}]\n", files: files)
        #expect(
            loaded.errors == [
                "a.yml:1:8: error: 'vpn' is also given at netprobe.yml:5:3; allowed: each once",
                "a.yml:2:16: error: link 'x' is also at netprobe.yml:7:16; allowed: each link once",
            ]
        )
    }

    @Test("files that include each other are refused, and so is a chain without end")
    func cycles() throws {
        let loop = try load("include: [a.yml]\n", files: ["a.yml": "include: [./netprobe.yml]\n"])
        #expect(loop.errors.count == 1 && loop.errors.first?.contains("includes itself") == true, "\(loop.errors)")
        var files: [String: String] = [:]
        for index in 0..<20 { files["\(index).yml"] = "include: [\(index + 1).yml]\n" }
        let chain = try load("include: [0.yml]\n", files: files)
        #expect(chain.errors.count == 1 && chain.errors.first?.contains("too many includes") == true, "\(chain.errors)")
    }
}

@Suite("one mistake")
struct ConsequenceTests {
    @Test("a thing with a mistake is no missing thing to what refers to it")
    func noCascade() throws {
        let yaml = """
            circuits:
              er: {primary: {subnet: wrong}, secondary: {subnet: 172.16.0.4/30}}
              ms: {peering: wrong, primary: {subnet: 172.16.1.0/30}, secondary: {subnet: 172.16.1.4/30}}
            proxies: [{name: corp, url: wrong}]
            links:
              - {name: a, tiers: [[er/primary], [ms/primary]], detection: {down_after: wrong}}
              - {name: b, peering: wrong, tiers: [[er/primary], [internet]]}
            probes: [{target: 10.0.0.1, via: corp}]
            maintenance: [{link: a, from: 2026-12-05T01:00Z, to: 2026-12-05T02:00Z}, {circuit: er, from: wrong, to: wrong}]
            """
        let lines = try load(yaml).errors.map { $0.split(separator: ":")[1] }
        #expect(lines == ["2", "3", "4", "6", "7", "9", "9"])
    }

    @Test("internet may have a pin; without one it cannot be tested beside other paths, which is a warning")
    func internetPin() throws {
        let tiers = "[[ms/primary], [internet]]"
        let link = "links: [{name: a, peering: microsoft, tiers: \(tiers), through: [10.0.0.1]}]\n"
        let bare = try load(Sample.paths + link)
        #expect(bare.warnings.contains { $0.contains("internet has no pin") }, "\(bare.lines)")
        let internet = "internet: {pin: {mark: 9, next_hop: 192.0.2.2}, edge: [192.0.2.2]}\n"
        let pinned = try load(Sample.paths + internet + link)
        #expect(!pinned.warnings.contains { $0.contains("internet has no pin") })
        let path = try #require(try pinned.configuration().topology.path(.internet))
        #expect(path.pin == Pin(mark: 9, nextHop: IPAddress("192.0.2.2")) && path.edge.count == 1)
    }

    @Test("internet is a path only where a link uses it")
    func internet() throws {
        let without = try load(Sample.paths + "links: [{name: a, tiers: [[vpn]]}]\n").configuration()
        #expect(without.topology.path(.internet) == nil)
        let link = "links: [{name: a, peering: microsoft, tiers: [[internet]]}]\n"
        let path = try #require(try load(Sample.paths + link).configuration().topology.path(.internet))
        #expect(path.kind == .internet && path.peering == .microsoft && path.edge.isEmpty && path.pin == .none)
    }

    @Test("flows are those of defaults for workloads with ports, one for all else")
    func flows() throws {
        let yaml =
            Sample.paths + """
                defaults: {flows: 3, interval: 2s, timeout: 1s}
                links:
                  - name: a
                    tiers: [[vpn]]
                    through: [tcp://10.0.0.1:1]
                    workloads: [tcp://10.0.0.1:1, udp://10.0.0.1:1, stamp://10.0.0.1, icmp://10.0.0.1, https://10.0.0.1, {target: tcp://10.0.0.2:1, flows: 1}]
                """
        let link = try #require(try load(yaml).configuration().links.first)
        #expect(link.through.map(\.flows) == [1])
        #expect(link.workloads.map(\.flows) == [3, 3, 3, 1, 1, 1])
        #expect(link.workloads.allSatisfy { $0.interval == .seconds(2) && $0.timeout == .seconds(1) })
    }
}
