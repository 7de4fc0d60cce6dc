import Model
import Testing
import Wire

@testable import Planning

@Suite("endpoints that Azure services need")
struct EndpointTests {
    @Test("each cloud has both profiles, with something to ask and patterns to judge", arguments: AzureCloud.allCases)
    func whole(cloud: AzureCloud) {
        for use in [EndpointUse.azureBackup, .azureSiteRecovery] {
            let endpoints = EndpointProfile(use, in: cloud).endpoints
            #expect(endpoints.contains { $0.isProbeable }, "\(use) \(cloud)")
            #expect(endpoints.contains { $0.isPattern && $0.name.hasPrefix("*.") }, "\(use) \(cloud)")
            #expect(Set(endpoints.map(\.target)).count == endpoints.count)
        }
        #expect(EndpointProfile(.mustDeny, in: cloud).endpoints.isEmpty)
    }

    @Test("every line of the list is read")
    func lines() {
        let lines = String(decoding: PackageResources.azure_endpoints_txt, as: UTF8.self).split(separator: "\n")
        let written = lines.count { !$0.hasPrefix("#") && $0.contains("://") }
        let read = AzureCloud.allCases.flatMap { cloud in
            [EndpointUse.azureBackup, .azureSiteRecovery].flatMap { EndpointProfile($0, in: cloud).endpoints }
        }
        #expect(read.count == written && written > 30)
    }

    @Test(
        "the region names the cloud",
        arguments: [
            ("koreacentral", AzureCloud.public), ("usgovvirginia", .usgov), ("USDoDCentral", .usgov),
            ("chinanorth3", .china), ("germanywestcentral", .public),
        ]
    )
    func region(name: String, cloud: AzureCloud) { #expect(AzureCloud(region: name) == cloud) }

    @Test("a pattern is not asked, and its names are below it")
    func pattern() throws {
        let endpoint = try #require(
            EndpointProfile(.azureBackup, in: .public).endpoints.first { $0.name == "*.backup.windowsazure.com" }
        )
        #expect(!endpoint.isProbeable)
        #expect(endpoint.covers("pod01-ID1.krc.backup.windowsazure.com"))
        #expect(!endpoint.covers("backup.windowsazure.com") && !endpoint.covers("evilbackup.windowsazure.com"))
    }
}

@Suite("patterns of a proxy's allow-list")
struct HostPatternTests {
    private func endpoint(_ url: String, isPattern: Bool = true) throws -> EndpointProfile.Endpoint {
        EndpointProfile.Endpoint(target: try Target(parsing: url), isPattern: isPattern, purpose: "")
    }

    @Test(
        "covers what is below",
        arguments: [
            ("*.blob.core.windows.net", true), (".blob.core.windows.net", true), (".windows.net", true), ("*", true),
            ("https://*.blob.core.windows.net/*", true), ("*.blob.core.windows.net:443", true),
            ("*blob.core.windows.net", true), ("*.BLOB.core.windows.net", true),
            ("http://*.blob.core.windows.net/*", false), ("*.blob.core.windows.net:8443", false),
            ("contoso.blob.core.windows.net", false), ("blob.core.windows.net", false),
            ("contoso*.blob.core.windows.net", false), ("*.queue.core.windows.net", false),
            ("*core.windows.net.evil", false),
        ]
    )
    func pattern(text: String, covers: Bool) throws {
        let pattern = try #require(HostPattern(text))
        let endpoint = try endpoint("https://blob.core.windows.net")
        #expect(pattern.covers(endpoint) == covers)
    }

    @Test(
        "covers one host",
        arguments: [
            ("login.microsoftonline.com", true), ("*.microsoftonline.com", true), (".login.microsoftonline.com", true),
            ("login.*.com", true), ("log*line.com", true), ("*.login.microsoftonline.com", false),
            ("login.microsoftonline.us", false), ("login.*.us", false),
        ]
    )
    func host(text: String, covers: Bool) throws {
        let pattern = try #require(HostPattern(text))
        let endpoint = try endpoint("https://login.microsoftonline.com", isPattern: false)
        #expect(pattern.covers(endpoint) == covers)
    }

    @Test("what is no pattern is none", arguments: ["", ".", "*.", "a b", "https://", "häuser.test", "a\u{0}b"])
    func none(text: String) { #expect(HostPattern(text) == nil) }

    @Test("a list has one a line, with comments, and an end")
    func list() {
        let text = "# allowed\r\n*.blob.core.windows.net  # data\n\n  login.microsoftonline.com\n???\n"
        #expect(HostPattern.list(text).count == 2)
        #expect(HostPattern.list(String(repeating: "a.test\n", count: 50), most: 10).count == 10)
    }
}

@Suite("lists of Azure's address ranges")
struct AddressAllowListTests {
    private static let tags = """
        {"changeNumber": 353, "cloud": "Public", "values": [
          {"name": "AzureCloud", "id": "AzureCloud", "properties": {"changeNumber": 1, "region": "", "addressPrefixes": ["13.0.0.0/8"]}},
          {"name": "Storage", "id": "Storage", "properties": {"addressPrefixes": ["20.60.0.0/16", "2603:1040:f05::/48", "odd"]}},
          {"name": "Storage.KoreaCentral", "id": "x", "properties": {"addressPrefixes": ["20.60.16.0/24"]}}
        ]}
        """
    private static let published =
        "<?xml version=\"1.0\"?><AzurePublicIpAddresses>"
        + "<Region Name=\"uswest2\"><IpRange Subnet=\"13.66.128.0/17\"/></Region></AzurePublicIpAddresses>"

    private func list(_ name: String, _ text: String) throws -> AddressAllowList {
        try AddressAllowList(name: name, content: Array(text.utf8))
    }

    private func covered(_ list: AddressAllowList, _ addresses: [String]) -> [String] {
        addresses.filter { IPAddress($0).map(list.covers) ?? false }
    }

    @Test("the ranges of Storage count, both families, and its day and number are known")
    func serviceTags() throws {
        let list = try list("ServiceTags_Public_20261123.json", Self.tags)
        #expect(list.count == 2 && list.changeNumber == 353 && !list.isWithdrawn)
        let addresses = ["20.60.200.1", "2603:1040:f05::7", "13.1.1.1", "20.61.0.1", "2603:1040:f06::"]
        #expect(covered(list, addresses) == ["20.60.200.1", "2603:1040:f05::7"])
        let now = WallTime(nanoseconds: 1_796_256_000_000_000_000)
        #expect(list.age(at: now) == .seconds(10 * 86_400))
    }

    @Test("the XML list is withdrawn, whatever it holds")
    func withdrawn() throws {
        let list = try list("PublicIPs_20200518.xml", Self.published)
        #expect(list.isWithdrawn && list.published != nil)
        #expect(covered(list, ["13.66.200.1", "13.66.0.1"]) == ["13.66.200.1"])
    }

    @Test("a name without a day has no age", arguments: ["list.json", "tags_99999999.json", "tags_2026.json"])
    func noDay(name: String) throws {
        let list = try list(name, Self.tags)
        #expect(list.published == nil)
    }

    @Test(
        "what is no such file is refused",
        arguments: [
            "", "[]", "{}", "{\"values\": {}}", "{\"values\": []}", "<a/>", "{\"values\": [1, null, {\"name\": 3}]}",
        ]
    )
    func refused(text: String) {
        #expect(throws: AllowListError.self) { _ = try list("x.json", text) }
    }
}
