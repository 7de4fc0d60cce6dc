import TestSupport
import Testing

@Suite("the README", .onOwnThread)
struct ReadmeTests {
    /// The YAML block after a heading.
    private static func configuration(under heading: String) throws -> String {
        let lines = try Repository.text(of: "README.md").split(separator: "\n", omittingEmptySubsequences: false)
        let block = lines.drop { $0 != heading }.drop { $0 != "```yaml" }.dropFirst().prefix { $0 != "```" }
        return block.joined(separator: "\n") + "\n"
    }

    @Test("its first configuration is valid; what it warns of is this host alone")
    func firstConfiguration() throws {
        let text = try Self.configuration(under: "## A first configuration")
        #expect(text.contains("circuits:"))
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("netprobe.yml", text)
        let result = try Netprobe.run("check", file)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("valid: 1 link, 3 paths"), "\(result.output)")
        for line in result.errors.split(separator: "\n") {
            #expect(line.contains("on this host") || line.contains("of this host"), "\(line)")
        }
    }

    @Test("what it calls not built is refused with what is")
    func notBuilt() throws {
        for target in ["udp://127.0.0.1:7", "bfd://127.0.0.1"] {
            let result = try Netprobe.run("probe", target)
            #expect(result.status == 64, "\(target)")
            #expect(
                result.errors.contains("allowed: dns, http, https, icmp, ike, stamp, tcp, tls"),
                "\(target): \(result.errors)"
            )
        }
    }
}
