import Model
import Settings
import TestSupport
import Testing

@Suite("the effective configuration")
struct EffectiveTests {
    /// What loading adds beside the values.
    private func values(_ configuration: Configuration) -> Configuration {
        var configuration = configuration
        configuration.presentSections = []
        configuration.sources = []
        return configuration
    }

    @Test("the effective form is stable")
    func golden() throws {
        let text = try Sample.full().configuration().effective()
        let portable = text.split(separator: Sample.fullFolder, omittingEmptySubsequences: false).joined(
            separator: "/etc/netprobe"
        )
        try expectGolden(portable, "Tests/Golden/configuration/full.effective")
    }

    @Test("the effective form loads and is its own effective form")
    func loadsAgain() throws {
        let first = try Sample.full().configuration()
        let second = try load(first.effective()).configuration()
        #expect(second.effective() == first.effective())
        #expect(second.topology == first.topology)
    }

    @Test("without secrets it means the very same")
    func same() throws {
        let yaml =
            Sample.paths + """
                site: {name: "no", vantage: "010"}
                links: [{name: "null", tiers: [[vpn]], labels: {a: "x: y # z", b: "\\u0001\\t\\"\\\\", c: "부산", d: " ", e: "'"}}]
                probes: [{target: 10.0.0.1, expect: ["*a", "&b", "!c", "- d", "{e", "%f", "@g", "`h", "|", ">", "~", "1.5", "a\\nb"]}]
                """
        let first = try load(yaml).configuration()
        #expect(values(try load(first.effective()).configuration()) == values(first))
    }

    @Test("an empty configuration has an effective form too")
    func empty() throws {
        let first = try load("").configuration()
        #expect(values(try load(first.effective()).configuration()) == values(first))
    }

    @Test("one link alone comes with its paths, windows and accounts, and loads")
    func oneLink() throws {
        let configuration = try Sample.full().configuration()
        let text = try #require(configuration.effective(link: "busan-core"))
        let part = try load(text).configuration()
        #expect(part.links == configuration.links.filter { $0.name == "busan-core" })
        #expect(part.circuits.map(\.name) == ["busan-er"] && part.vpns.map(\.name) == ["busan-vpn"])
        #expect(part.maintenance.count == 3 && part.storage.count == 1)
        let other = try load(try #require(configuration.effective(link: "from-include"))).configuration()
        #expect(other.circuits.isEmpty && other.maintenance.isEmpty && other.storage.isEmpty)
        #expect(configuration.effective(link: "nowhere") == nil)
    }
}

@Suite("what changes between two configurations")
struct DiffTests {
    static let old =
        Sample.paths + """
            links:
              - {name: a, tiers: [[vpn]], through: [icmp://10.0.0.1], labels: {team: core}}
              - {name: b, tiers: [[er/primary]]}
            """

    private func diff(_ new: String) throws -> [String] {
        Configuration.diff(try load(Self.old).configuration(), try load(new).configuration())
    }

    @Test("nothing changes in what is the same")
    func same() throws {
        #expect(try diff(Self.old + "\n# a comment\nsite: {name: test-host}\n").isEmpty)
    }

    @Test("added, removed and changed things are named by their place")
    func changes() throws {
        let new =
            Sample.paths + """
                links:
                  - {name: c, tiers: [[vpn]]}
                  - {name: a, tiers: [[vpn], [er/primary]], through: [icmp://10.0.0.2], labels: {}, detection: {down_after: 5}}
                alerting: {rules: {LinkDown: off}}
                plan: /plan.yml
                """
        #expect(
            try diff(new) == [
                "removed links[b]",
                "added links[c]",
                "changed links[a].tiers: [[vpn]] → [[vpn], [er/primary]]",
                "removed links[a].through[icmp://10.0.0.1]",
                "added links[a].through[icmp://10.0.0.2]",
                "removed links[a].labels.team: core",
                "changed links[a].detection.down_after: 3 → 5",
                "added plan: /plan.yml",
                "added alerting.rules.LinkDown: off",
            ]
        )
    }

    @Test("a changed secret is named and not shown")
    func secrets() throws {
        let yaml = "alerting: {webhooks: [{url: \"https://h/${KEY}\"}]}\n"
        let old = try load(yaml, environment: ["KEY": "hunter2"]).configuration()
        let new = try load(yaml, environment: ["KEY": "hunter3"]).configuration()
        #expect(
            Configuration.diff(old, new) == ["changed alerting.webhooks[0].url: https://h/<secret>, the secret in it"]
        )
        #expect(Configuration.diff(old, old).isEmpty)
    }

    @Test("a changed order of paths is told")
    func order() throws {
        let swapped =
            "links:\n  - {name: b, tiers: [[er/primary]]}\n  - {name: a, tiers: [[vpn]], through: [icmp://10.0.0.1], labels: {team: core}}\n"
        #expect(try diff(Sample.paths + swapped) == ["changed the order in links[…]"])
    }
}
